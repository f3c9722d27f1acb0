"""What the project needs around it: its services on a bare machine, its installation, its deployment."""
