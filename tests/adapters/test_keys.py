from pathlib import Path

import pytest

from adapters.keys import KEY_BYTES, KeyRing


def test_the_files_are_made_once_and_are_their_owners_own(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = KeyRing(folder).signing()
    assert KeyRing(folder).signing() == first
    assert [len(key) for key in first] == [KEY_BYTES]
    for name in ("secret.key", "lasting.key"):
        assert (folder / name).stat().st_mode & 0o077 == 0


def test_a_file_that_holds_no_key_is_refused(tmp_path: Path) -> None:
    for name in ("secret.key", "lasting.key"):
        folder = tmp_path / name
        KeyRing(folder)
        (folder / name).write_bytes(b"short")
        with pytest.raises(ValueError, match="64 bytes"):
            KeyRing(folder)


def test_a_new_key_signs_and_the_one_before_is_still_known(tmp_path: Path) -> None:
    keys = KeyRing(tmp_path)
    (first,) = keys.signing()
    keys.rotate()
    second, before = keys.signing()
    assert before == first != second
    keys.rotate()
    third, before = keys.signing()
    assert before == second
    assert first not in (third, before)
    keys.rotate(forget=True)
    (last,) = keys.signing()
    assert last not in (first, second, third)


def test_a_rotation_by_another_process_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.keys._LOOK_AGAIN", 0)
    keys, other = KeyRing(tmp_path), KeyRing(tmp_path)
    assert keys.signing() is keys.signing()
    other.rotate()
    assert keys.signing() == other.signing()


def test_what_is_derived_lasts_and_is_for_one_purpose(tmp_path: Path) -> None:
    keys = KeyRing(tmp_path)
    before = keys.derived("audit")
    keys.rotate(forget=True)
    assert KeyRing(tmp_path).derived("audit") == before
    assert keys.derived("seals") != before
