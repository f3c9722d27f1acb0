"""HL7 v2: reading, answering, framing and mapping to the canonical event (standards 5.1)."""
