"""Field encryption, keyed look-up and masking."""

import base64
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel import crypto, masking
from kernel.crypto import CannotDecrypt
from kernel.tenancy import bind_schema

ID_NO = "42058319491001003X"


@pytest.fixture
def forget_keys() -> Iterator[None]:
    crypto._master_key.cache_clear()
    crypto.derive_key.cache_clear()
    yield
    crypto._master_key.cache_clear()
    crypto.derive_key.cache_clear()


@pytest.mark.req("D1")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.binary(max_size=300))
def test_round_trip_and_every_envelope_is_new(in_alpha: Any, value: bytes) -> None:
    first, second = crypto.encrypt_bytes(value), crypto.encrypt_bytes(value)
    assert crypto.decrypt_bytes(first) == crypto.decrypt_bytes(memoryview(second)) == value
    assert first != second
    assert len(first) == 1 + 12 + len(value) + 16


def test_text_round_trip(in_alpha: Any) -> None:
    assert crypto.decrypt_text(crypto.encrypt_text("欧阳娜娜 138😀")) == "欧阳娜娜 138😀"
    assert ID_NO.encode() not in crypto.encrypt_text(ID_NO)


@pytest.mark.req("D1")
def test_any_changed_byte_is_found(in_alpha: Any) -> None:
    sealed = crypto.encrypt_text(ID_NO)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(CannotDecrypt):
            crypto.decrypt_bytes(bytes(changed))
    for length in range(len(sealed)):
        with pytest.raises(CannotDecrypt):
            crypto.decrypt_bytes(sealed[:length])
    with pytest.raises(CannotDecrypt):
        crypto.decrypt_bytes(sealed + b"x")


@pytest.mark.req("D1")
def test_another_tenant_can_neither_read_nor_look_up(alpha: Any, beta: Any) -> None:
    with bind_schema(alpha.schema_name):
        sealed, hashed = crypto.encrypt_text(ID_NO), crypto.lookup_hash(ID_NO)
        assert crypto.lookup_hash(ID_NO) == hashed
        assert crypto.lookup_hash(ID_NO + " ") != hashed
    for schema in (beta.schema_name, "public"):
        with bind_schema(schema):
            assert crypto.lookup_hash(ID_NO) != hashed
            with pytest.raises(CannotDecrypt):
                crypto.decrypt_text(sealed)
    assert len(hashed) == 32
    assert int(hashed, 16) >= 0


def test_keys_differ_by_schema_and_purpose() -> None:
    keys = {crypto.derive_key(s, p) for s in ("t_a", "t_b") for p in ("field", "lookup", "link")}
    assert len(keys) == 6
    assert {len(key) for key in keys} == {32}


def test_another_master_key_reads_nothing(in_alpha: Any, settings: Any, forget_keys: None) -> None:
    sealed = crypto.encrypt_text(ID_NO)
    settings.MASTER_KEY = base64.b64encode(os.urandom(32)).decode()
    crypto._master_key.cache_clear()
    crypto.derive_key.cache_clear()
    with pytest.raises(CannotDecrypt):
        crypto.decrypt_text(sealed)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "must be 32 bytes"),
        (base64.b64encode(b"x" * 31).decode(), "must be 32 bytes"),
        (base64.b64encode(b"x" * 33).decode(), "must be 32 bytes"),
        ("not base64!", "must be base64"),
        ("密钥", "must be base64"),
    ],
)
def test_a_wrong_master_key_is_named(settings: Any, forget_keys: None, key: str, message: str) -> None:
    settings.MASTER_KEY = key
    with pytest.raises(ImproperlyConfigured, match=message):
        crypto.derive_key("t_a", "field")


# standards 2.4
@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("", ""), ("  ", ""), ("张", "*"), ("张三", "张*"), ("张小明", "张*明"), (" 张小明 ", "张*明"),
        ("张小明明", "张**明"), ("一二三四五六", "一**六"),
        ("欧阳", "欧*"), ("欧阳锋", "欧阳*"), ("欧阳娜娜", "欧阳*"), ("诸葛孔明", "诸葛*"), ("夏侯惇", "夏侯*"),
        ("买买提·艾力", "买买提·*"), ("买买提•艾力", "买买提·*"), ("买买提．艾力", "买买提·*"),
        ("买买提・艾力·江", "买买提·*"), ("阿卜杜.热合曼", "阿卜杜·*"),
        ("John Smith", "J**h"),
    ],
)  # fmt: skip
def test_names(name: str, masked: str) -> None:
    assert masking.mask_name(name) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        (ID_NO, "420***********003X"),
        ("420583491001003", "420********1003"),  # 15 digits, the old kind
        ("E12345678", "E12**5678"),  # a passport
        ("1234567", "*******"), ("", ""),
    ],
)  # fmt: skip
def test_id_numbers_hide_the_birth_date(number: str, masked: str) -> None:
    assert masking.mask_id_no(number) == masked
    assert len(masked) == len(number)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13800000000", "138****0000"), ("07174212345", "*******2345"), ("4212345", "***2345"),
        ("0717-4212345", "********2345"), ("1234", "****"), ("110", "***"), ("", ""),
    ],
)  # fmt: skip
def test_phones(number: str, masked: str) -> None:
    assert masking.mask_phone(number) == masked


@pytest.mark.parametrize(
    ("value", "masked"), [("ZY20261234", "******1234"), ("12345", "*2345"), ("1234", "****"), ("", "")]
)
def test_card_and_record_numbers(value: str, masked: str) -> None:
    assert masking.mask_identifier(value) == masked
