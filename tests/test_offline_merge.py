"""The three-way merge: nothing newer is overwritten silently, whatever was done where."""

from __future__ import annotations

import json
from dataclasses import dataclass

import people
import pytest
from hypothesis import given
from hypothesis import strategies as st
from offline_books import answers_of, values_of

from nhanquyen.directive import Address
from nhanquyen.directive.values import Stored
from nhanquyen.form.answers import Answers, Row
from nhanquyen.form.offline.cell import digest
from nhanquyen.form.offline.filled import DroppedRow, Filled, RowPlace, Said, WrittenRow
from nhanquyen.form.offline.merging import Plan, RowConflict, ValueConflict, merge

SINGLES = ["n1-so_lieu-0-so_cuoc", "n1-so_lieu-0-so_luot_nguoi", "n5-ky_ten-0-nguoi_lap", "n3-khau_hieu-kh1-dia_diem"]
KEYS = ["r00000000a1", "r00000000a2", "r00000000a3"]
FIELDS = ["hinh_thuc", "noi_dung"]
VALUES: list[Stored] = [None, 0, 1, "1", "a", "b"]
DIRECTIVE = people.DIRECTIVE


def filled(**parts: object) -> Filled:
    return Filled("P1", "", "0" * 16, **parts)  # type: ignore[arg-type]


def single(base: Stored, file: Stored, name: str = SINGLES[0]) -> Filled:
    """What the reader says of one value: nothing when the file left it alone."""
    said = () if digest(base) == digest(file) else (Said(Address.parse(name), digest(base), file),)
    return filled(values=said)


@pytest.mark.parametrize(
    ("base", "web", "file", "result"),
    [
        (1, 1, 1, "nothing"),
        (1, 2, 1, "nothing"),  # newer on the web, untouched in the file
        (1, 1, 2, "change"),
        (1, 2, 2, "nothing"),  # both did the same
        (1, 2, 3, "conflict"),
        (None, None, 5, "change"),
        (None, 5, None, "nothing"),
        (5, 5, None, "change"),
        (5, None, None, "nothing"),
        (5, 6, None, "conflict"),
        (5, None, 6, "conflict"),
        (1, 1, "1", "change"),  # a number is not its text
        (True, 1, 1, "nothing"),
        (None, False, None, "nothing"),
        (0, None, 0, "nothing"),
        (None, 0, 1, "conflict"),  # 0 is an answer
    ],
)
def test_one_value(base: Stored, web: Stored, file: Stored, result: str) -> None:
    plan = merge(DIRECTIVE, single(base, file), answers_of({SINGLES[0]: web}), ())
    found = "change" if plan.changes else "conflict" if plan.conflicts else "nothing"
    assert found == result


@dataclass(frozen=True)
class Three:
    """A report in three states; a row that is not there has no values."""

    base: dict[str, Stored]
    web: dict[str, Stored]
    file: dict[str, Stored]
    rows: dict[str, tuple[dict[str, Stored] | None, ...]]


row_state = st.none() | st.fixed_dictionaries({key: st.sampled_from(VALUES) for key in FIELDS})
singles = st.fixed_dictionaries({name: st.sampled_from(VALUES) for name in SINGLES})
rows = st.fixed_dictionaries({key: st.tuples(row_state, row_state, row_state) for key in KEYS})
three = st.builds(Three, singles, singles, singles, rows)


def compact(row: dict[str, Stored] | None) -> dict[str, Stored]:
    return {key: value for key, value in (row or {}).items() if value is not None}


def as_filled(state: Three) -> Filled:
    """What the reader makes of the file of *state*."""
    values = [
        Said(Address.parse(name), digest(state.base[name]), state.file[name])
        for name in SINGLES
        if digest(state.base[name]) != digest(state.file[name])
    ]
    written, dropped = [], []
    for key, (base, _, file) in state.rows.items():
        place = ("n1", "chi_tiet", key)
        if base is None:
            if compact(file):
                written.append(WrittenRow(place, compact(file), "s", 5))
        elif file is None or (compact(base) and not compact(file)):
            dropped.append(DroppedRow(place, {name: digest(value) for name, value in compact(base).items()}))
        else:
            values += [
                Said(Address(*place, name), digest(base[name]), file[name])
                for name in FIELDS
                if digest(base[name]) != digest(file[name])
            ]
    return filled(values=tuple(values), written=tuple(written), dropped=tuple(dropped))


def as_answers(state: Three) -> Answers:
    answers = answers_of(state.web)
    for key, (_, web, _) in state.rows.items():
        if web is not None:
            answers.put("n1", "chi_tiet", Row(key, compact(web)))
    return answers


def removed_rows(state: Three) -> list[RowPlace]:
    return [("n1", "chi_tiet", key) for key, (base, web, _) in state.rows.items() if base is not None and web is None]


def applied(answers: Answers, plan: Plan, file_wins: bool = False) -> dict[str, Stored]:
    """All values once the plan is carried out; with *file_wins* every conflict is decided for the file."""
    held = values_of(answers)
    for change in plan.changes:
        held[change.address.name] = change.after
    for row in plan.added:
        held |= {Address(*row.place, key).name: value for key, value in row.values.items()}
    for gone in plan.removed:
        held = {name: value for name, value in held.items() if not name.startswith("-".join(gone.place))}
    for conflict in plan.conflicts if file_wins else ():
        if isinstance(conflict, ValueConflict):
            held[conflict.address.name] = conflict.file
        elif conflict.file is None:
            held = {name: value for name, value in held.items() if not name.startswith(conflict.name)}
        else:
            held |= {Address(*conflict.place, key).name: value for key, value in conflict.file.items()}
    return {name: value for name, value in held.items() if value is not None}


def conflicts_of(plan: Plan) -> set[str]:
    """The names of the rows that one side removed and the other changed."""
    return {conflict.name for conflict in plan.conflicts if isinstance(conflict, RowConflict)}


def merged_value(base: Stored, web: Stored, file: Stored) -> tuple[Stored, bool]:
    """The plain model: the value that stands when nobody chooses, and whether there is something to choose."""
    if digest(file) in (digest(base), digest(web)):
        return web, False
    return (file, False) if digest(web) == digest(base) else (web, True)


@given(three)
def test_single_values_merge_as_the_plain_model(state: Three) -> None:
    answers = as_answers(state)
    plan = merge(DIRECTIVE, as_filled(state), answers, removed_rows(state))
    result = applied(answers, plan)
    conflicts = {conflict.name for conflict in plan.conflicts}
    for name in SINGLES:
        value, conflict = merged_value(state.base[name], state.web[name], state.file[name])
        assert (digest(result.get(name)), name in conflicts) == (digest(value), conflict)


@given(three)
def test_rows_merge_as_the_plain_model(state: Three) -> None:
    answers = as_answers(state)
    plan = merge(DIRECTIVE, as_filled(state), answers, removed_rows(state))
    result = applied(answers, plan)
    conflicts = {conflict.name for conflict in plan.conflicts}
    for key, (base, web, file) in state.rows.items():
        name = f"n1-chi_tiet-{key}"
        now = {field: result[f"{name}-{field}"] for field in FIELDS if f"{name}-{field}" in result}
        dropped = base is not None and (file is None or (compact(base) and not compact(file)))
        if web is None:
            fresh = base is None and bool(compact(file))
            assert now == (compact(file) if fresh else {})
            changed = base is not None and not dropped and file is not None and compact(file) != compact(base)
            assert (name in conflicts) == changed
        elif dropped:
            untouched = compact(web) == compact(base)
            assert now == ({} if untouched else compact(web))
            assert (name in conflicts) == (not untouched)
        else:
            for field in FIELDS:
                was, said = (base or {}).get(field), (file or {}).get(field)
                value, conflict = merged_value(was, web[field], said if base is not None or said is not None else None)
                assert (digest(now.get(field)), f"{name}-{field}" in conflicts) == (digest(value), conflict)


@given(three)
def test_taking_in_twice_changes_nothing_more(state: Three) -> None:
    answers = as_answers(state)
    said = as_filled(state)
    plan = merge(DIRECTIVE, said, answers, removed_rows(state))
    after = answers_of(applied(answers, plan, file_wins=True))
    gone = {row.place[2] for row in plan.removed} | {name.split("-")[2] for name in conflicts_of(plan)}
    for key, (_, web, _) in state.rows.items():
        if web is not None and key not in gone and after.row("n1", "chi_tiet", key) is None:
            after.put("n1", "chi_tiet", Row(key))
    again = merge(DIRECTIVE, said, after, ())
    assert not again.changes
    assert not again.added
    assert all(isinstance(conflict, RowConflict) for conflict in again.conflicts)


@given(three)
def test_a_plan_and_what_was_filled_survive_being_kept(state: Three) -> None:
    said = as_filled(state)
    kept = Filled.load(json.loads(json.dumps(said.dump())))
    assert kept == said
    answers, removed = as_answers(state), removed_rows(state)
    first, second = (merge(DIRECTIVE, each, answers, removed) for each in (said, kept))
    assert first.fingerprint == second.fingerprint


def test_any_news_changes_the_fingerprint() -> None:
    said = single(1, 3)
    plans = [merge(DIRECTIVE, said, answers_of({SINGLES[0]: web}), ()) for web in (1, 2, 3, "1", None)]
    assert len({plan.fingerprint for plan in plans}) == len(plans)


def test_a_table_that_became_full_on_the_web_leaves_rows_out() -> None:
    held = {f"n1-chi_tiet-r{number:010x}-noi_dung": "x" for number in range(199)}
    rows = tuple(
        WrittenRow(("n1", "chi_tiet", f"rb{number:09x}"), {"noi_dung": "y"}, "ND1", 9 + number) for number in range(3)
    )
    plan = merge(DIRECTIVE, filled(written=rows), answers_of(held), ())
    assert len(plan.added) == 1
    assert [(fault.sheet, fault.cell) for fault in plan.faults] == [("ND1", "10"), ("ND1", "11")]
    room = DroppedRow(("n1", "chi_tiet", f"r{0:010x}"), {"noi_dung": digest("x")})
    assert len(merge(DIRECTIVE, filled(written=rows, dropped=(room,)), answers_of(held), ()).added) == 2
