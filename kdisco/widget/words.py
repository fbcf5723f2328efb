"""The words on the widgets, English and Chinese, in one table."""

# ruff: noqa: RUF001 - Chinese has its own comma and colon

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.view import words as view

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["words"]

WORDS: Mapping[str, tuple[str, str]] = {
    "appeared": ("now: {what}", "现在：{what}"),
    "beyond": ("{name}: {value} is beyond 0..{most}", "{name}：{value} 超出 0..{most}"),
    "deployment": ("{name}: {ready} of {wanted} ready", "{name}：{wanted} 个中 {ready} 个就绪"),
    "gone": ("gone: {what}", "消失：{what}"),
    "more": ("and {count} more", "以及另外 {count} 项"),
    "moment": ("{now:.2f} s, revision {revision}", "{now:.2f} 秒，版本 {revision}"),
    "no deployments": ("no Deployments yet", "还没有 Deployment"),
    "not found": ("{name}: no such Deployment", "{name}：没有此 Deployment"),
    "pause": ("Pause the packet", "暂停数据包"),
    "play": ("Let the packet run", "让数据包前进"),
    "settle": ("Settle", "运行到稳定"),
    "settle at once": ("settle after each change", "每次更改后运行到稳定"),
    "settle tip": ("Let time pass until nothing can change any more", "让时间前进，直到不再有变化"),
    "step": ("Step", "单步"),
    "step packet": ("One hop further", "前进一跳"),
    "step tip": ("Let the next thing happen", "发生下一件事"),
}


def words(lang: str) -> Mapping[str, str]:
    """All words in one language; raises UsageError for a language that there is not."""
    return view.words(lang, WORDS)
