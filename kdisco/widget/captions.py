"""The words on and about a picture in the page, English and Chinese, in one table."""

# ruff: noqa: RUF001 - Chinese has its own comma and colon

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.view import words

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["captions"]

CAPTIONS: Mapping[str, tuple[str, str]] = {
    "actions": ("What can be done with it", "可执行的操作"),
    "appeared": ("now: {what}", "现在：{what}"),
    "back": ("One hop back", "后退一跳"),
    "close": ("Close", "关闭"),
    "closer": ("Nearer", "放大"),
    "copied": ("DOT is in the clipboard", "DOT 已复制到剪贴板"),
    "copy dot": ("DOT: copy the picture's text", "DOT：复制图的文本"),
    "delete": ("Delete Pod", "删除 Pod"),
    "fail": ("Fail readiness", "使就绪探测失败"),
    "farther": ("Farther", "缩小"),
    "gone": ("gone: {what}", "消失：{what}"),
    "label": ("Save labels", "保存标签"),
    "label hint": ("Labels: key=value, several with commas", "标签：key=value，多个用逗号分隔"),
    "more": ("and {count} more", "以及另外 {count} 项"),
    "no such action": ("{thing}: nothing of this kind can be done with it", "{thing}：不支持此操作"),
    "no label": (
        "{part!r} is not key=value, as in app=web,tier=front",
        "{part!r} 不是 key=value，例如 app=web,tier=front",
    ),
    "not done": ("That did not work: {why}", "操作未成功：{why}"),
    "opened": ("{what}: its YAML is open beside the picture", "{what}：YAML 已在图旁打开"),
    "packet": ("The packet's way", "数据包的路径"),
    "pause": ("Pause the packet", "暂停数据包"),
    "play": ("Let the packet run", "让数据包前进"),
    "restore": ("Restore readiness", "恢复就绪"),
    "save png": ("PNG: download the picture", "PNG：下载图片"),
    "save svg": ("SVG: download the picture", "SVG：下载图片"),
    "saved": ("The picture was downloaded", "图片已下载"),
    "scale": ("Scale {name} to {replicas}", "将 {name} 伸缩到 {replicas}"),
    "speed": ("Speed of the packet", "数据包的速度"),
    "step": ("One hop further", "前进一跳"),
    "still ready": (
        "{pod} answers on no port now, yet it stays ready: it has no readiness probe that would notice",
        "{pod} 现在不再监听任何端口，但仍处于就绪状态：它没有能发现这一点的就绪探测",
    ),
    "tools": ("The picture: zoom, download, copy", "图片：缩放、下载、复制"),
    "twin": ("The picture in words", "图的文字说明"),
    "whole": ("The whole picture", "显示全图"),
    "zoom": ("{percent} percent", "百分之 {percent}"),
}


def captions(lang: str | None = None) -> Mapping[str, str]:
    """All of them in one language; raises UsageError for a language that there is not."""
    return words.words(lang, CAPTIONS)
