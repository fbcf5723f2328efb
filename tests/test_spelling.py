"""Spelling: English by hunspell's dictionary, Chinese by the glossary's terms, one script, and its own punctuation."""

# ruff: noqa: RUF001 - Chinese has its own punctuation, and this is about it

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from course_prose import CODE, HAN, Piece, chinese, english, without_code

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
GLOSSARY = NOTEBOOKS / "glossary.md"
KNOWN = Path(__file__).with_name("words.txt").read_text(encoding="utf-8").splitlines()
TWICE = re.compile(r"\b([A-Za-z]+)\s+\1\b")

TERMS: Mapping[str, tuple[str, ...]] = {
    "集群": ("群集", "丛集"),
    "节点": ("结点",),
    "控制平面": ("控制面板", "控制面"),
    "对象": ("物件",),
    "清单": ("货单",),
    "副本": ("复本",),
    "滚动更新": ("滚动升级", "滚动式更新"),
    "命名空间": ("名字空间", "名称空间", "命名空閒"),
    "标签": ("标籤", "卷标"),
    "标签选择器": ("标签选取器", "标签选择算符", "选取器", "选择算符"),
    "叠加网络": ("覆盖网络", "重叠网络"),
    "网络插件": ("网路插件", "网络外挂"),
    "网桥": ("桥接器",),
    "网关": ("闸道",),
    "网段": ("网断",),
    "默认路由": ("缺省", "预设"),
    "连接跟踪": ("连接追踪", "链接跟踪", "连线跟踪"),
    "服务注册与发现": ("服务註册", "服务登记", "服务发见"),
    "服务注册表": ("注册中心", "服务登记表"),
    "负载均衡器": ("负载平衡", "负载均衡设备"),
    "轮询": ("轮循", "轮叫"),
    "会话保持": ("会话亲和", "会话粘滞", "粘性会话"),
    "长连接": ("长链接",),
    "端点": ("终端节点", "终结点", "端结点"),
    "端口": ("通讯埠", "连接埠", "埠号"),
    "就绪": ("准备就序", "就续"),
    "就绪探针": ("就绪探测器", "就绪检测器"),
    "存活探针": ("活性探针", "存活探测器", "活跃探针"),
    "无头服务": ("无头的服务", "无首服务"),
    "认证": ("身份验证", "鉴定身份"),
    "鉴权": ("授权检查", "鉴劝"),
    "校验": ("效验",),
    "已弃用": ("已废弃", "已过时"),
    "解析": ("解晰",),
    "搜索域": ("搜寻域", "搜索列表", "搜索路径"),
    "缓存": ("快取", "高速缓存", "缓冲存储"),
    "环境变量": ("环境变数", "环境参量"),
    "单元格": ("储存格", "代码格"),
    "故障": ("古障",),
}
"""A term of the glossary, and what others call it, or mistype it as."""

SLIPS = {
    "帐号": "账号", "登陆": "登录", "布署": "部署", "阀值": "阈值", "做为": "作为", "重起": "重启", "其它": "其他",
    "回覆": "回复", "那怕": "哪怕", "必需要": "必须要", "时侯": "时候", "因该": "应该", "即然": "既然",
    "报怨": "抱怨", "渡过": "度过", "暴光": "曝光", "一但": "一旦", "既使": "即使",
    "网路": "网络", "伺服器": "服务器", "程式": "程序", "位址": "地址", "封包": "数据包", "资讯": "信息",
    "讯息": "消息", "介面": "接口", "记忆体": "内存", "档案": "文件", "使用者": "用户", "支援": "支持", "透过": "通过",
    "回圈": "循环", "函式": "函数", "变数": "变量", "字串": "字符串", "行程": "进程", "逾时": "超时", "机率": "概率",
    "储存": "存储",
    "设定": "设置", "帐户": "账户", "您": "你",
}  # fmt: skip

PUNCTUATION: Mapping[str, str] = {
    "half-width punctuation in Chinese": rf"[{HAN}][,;:!?()]|[,;:!?()'\"][{HAN}]|[{HAN}]['\"]|[{HAN}]\.(?!\w)",
    "half-width comma between codes": rf"{CODE}\s?,\s?{CODE}",
    "no space between Chinese and Latin": rf"[{HAN}][A-Za-z0-9{CODE}]|[A-Za-z0-9%{CODE}][{HAN}]",
    "space at full-width punctuation": r"(?<=[^\s|]) +[，。：；！？、）】”》]|[，。：；！？、（【“《] +(?=[^\s|#])",
    "two spaces": r"(?<=[^\s#>-]) {2,}(?=\S)",
    "space between Chinese words": rf"[{HAN}] +[{HAN}]",
    "a line broken between Chinese words, which shows as a space": rf"[{HAN}]\n(?:> )?[{HAN}]",
    "a mark of Markdown within a line": rf"[{HAN}，。）]>",
    "punctuation twice": r"[，。：；、？！]{2,}",
    "dots for an ellipsis": rf"[{HAN}]\.{{2,}}|。。",
}
GRAMMAR: Mapping[str, str] = {
    "的 for 地": rf"(?:慢慢|渐渐|逐渐|悄悄|默默|静静|反复|重新|立刻|立即|马上|依次)的(?=[{HAN}])",
    "的 for 得": r"(?:快|慢|多|少|大|小|好|久|早|晚)的多(?![数个少])",
    "地 for 的": r"[我你他它们]地(?![址方域图点])",
    "a word twice": r"(?<!慢)(的的|了了|是是|在在|和和|不不|有有|把把|被被)",
}
EMPHASIS = re.compile(rf"(?<=[，。：；！？）”])\*+ |(?<=[{HAN}])\*+ (?=[{HAN}])|\*+")  # it ends with a space
PAIRS = (("“", "”"), ("（", "）"), ("《", "》"), ("‘", "’"))


@cache
def unknown(text: str) -> frozenset[str]:
    """The words that are neither in the British dictionary nor among the project's own, written as they stand there."""
    command = ["hunspell", "-l", "-d", "en_GB", "-i", "utf-8"]
    told = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    assert not told.stderr
    return frozenset(word for word in told.stdout.split() if word.removesuffix("'s") not in KNOWN)


def wrong_english(piece: str) -> Iterator[str]:
    """What is wrong in an English text."""
    yield from sorted(unknown(piece))
    yield from (f"twice: {found[0]}" for found in TWICE.finditer(piece))


def wrong_chinese(piece: str) -> Iterator[str]:
    """What is wrong in a Chinese text, but for its script."""
    text = EMPHASIS.sub("", piece)
    for right, others in TERMS.items():
        yield from (f"{other}: say {right}" for other in others if other in text)
    yield from (f"{slip}: write {right}" for slip, right in SLIPS.items() if slip in text)
    for name, form in {**PUNCTUATION, **GRAMMAR}.items():
        yield from (f"{name}: {found[0]!r}" for found in re.finditer(form, text))
    for first, last in PAIRS:
        marks = re.findall(f"[{first}{last}]", text)
        if marks != [first, last] * (len(marks) // 2):
            yield f"not in pairs: {''.join(marks)}"


def other_script(text: str) -> str:
    """The characters that OpenCC would write in another way in the simplified script."""
    told = subprocess.run(["opencc", "-c", "t2s"], input=text, capture_output=True, text=True, check=True).stdout
    assert len(told.rstrip("\n")) == len(text.rstrip("\n"))
    return "".join(mine for mine, theirs in zip(text, told, strict=False) if mine != theirs)


def located(pieces: Iterator[Piece], words: frozenset[str]) -> list[str]:
    """Where these words stand."""
    return [f"{place}: {word}" for place, text in pieces for word in sorted(words) if word in text]


@pytest.mark.peer("hunspell")
def test_english_is_spelled_as_in_the_dictionary() -> None:
    pieces = dict(english())
    assert len(pieces) > 1000
    assert located(english(), unknown("\n\n".join(pieces.values()))) == []
    assert [f"{place}: {found[0]}" for place, text in pieces.items() for found in TWICE.finditer(text)] == []


@pytest.mark.peer("hunspell")
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("You recieve it.", ["recieve"]),
        ("The color of a Pod", ["color"]),
        ("Coredns and coreDNS answer; CoreDNS's words", ["Coredns", "coreDNS"]),
        ("Paris in the the spring", ["twice: the the"]),
        ("An EndpointSlice holds kube-proxy's backends.", []),
    ],
)
def test_a_slip_in_english_is_found(text: str, told: list[str]) -> None:
    assert [*wrong_english(text)] == told


def test_the_list_of_words_is_sorted_and_used() -> None:
    assert sorted(set(KNOWN), key=lambda word: (word.lower(), word)) == KNOWN
    said = "\n".join(text for _, text in english())
    assert [word for word in KNOWN if not re.search(rf"\b{re.escape(word)}(?!\w)", said)] == []


def test_chinese_keeps_to_its_terms_and_punctuation() -> None:
    pieces = list(chinese())
    assert len(pieces) > 1000
    assert [f"{place}: {each}" for place, text in pieces for each in wrong_chinese(text)] == []


@pytest.mark.peer("opencc")
def test_chinese_is_in_the_simplified_script() -> None:
    everything = "\n".join(text for _, text in chinese())
    assert located(chinese(), frozenset(other_script(everything))) == []


@pytest.mark.peer("opencc")
def test_the_other_script_is_found() -> None:
    assert other_script("集群的服務發現，端點") == "務發現點"
    assert other_script("集群的服务发现，端点") == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("等端点就绪，再试一次。", ""),
        ("**Service** 有一个地址，`web` 解析为它。", ""),
        ("先登陆节点。", "登陆: write 登录"),
        ("标签选取器", "标签选取器: say 标签选择器"),
        ("缺省路由", "缺省: say 默认路由"),
        ("等端点就绪,再试。", "half-width punctuation"),
        ("对吗?", "half-width punctuation"),
        ("试试 `a`, `b`。", "half-width comma"),
        ("一个Pod 就绪", "no space between"),
        ("**Service**有地址", "no space between"),
        ("共 3个端点", "no space between"),
        ("用`dig` 查询", "no space between"),
        ("节点 ，端点", "space at full-width"),
        ("节点  端点", "two spaces"),
        ("节点 端点", "space between Chinese"),
        ("一个节\n点", "a line broken"),
        ("好了。。", "punctuation twice"),
        ("好了。>\n> 下一段", "a mark of Markdown"),
        ("它慢慢的就绪", "的 for 地"),
        ("这样快的多", "的 for 得"),
        ("“端点", "not in pairs: “"),
        ("”端点“", "not in pairs: ”“"),
        ("（端点", "not in pairs: （"),
    ],
)
def test_a_slip_in_chinese_is_found(text: str, told: str) -> None:
    found = [*wrong_chinese(without_code(text))]
    assert (found == []) if told == "" else any(each.startswith(told) for each in found), found


def rows() -> list[tuple[str, str]]:
    """English and Chinese of each row of the glossary."""
    lines = [line.strip("|").split("|") for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if "|" in line]
    return [(line[0].strip(), line[1].strip()) for line in lines if re.fullmatch(r"\s*\d\d\s*", line[-1])]


def parts(cell: str) -> list[str]:
    """The terms in a cell of the glossary."""
    return [term.strip().removeprefix("to ") for term in re.split(r"[,;，；、（）:：]| \(|\)", cell) if term.strip()]


def test_the_table_of_terms_is_the_glossarys() -> None:
    assert len(rows()) > 80
    terms = {term for _, chinese_term in rows() for term in parts(chinese_term)}
    assert TERMS.keys() - terms == set()
    assert len({english_term for english_term, _ in rows()}) == len(rows())


@cache
def course(lang: str) -> str:
    """All that the course says in a language, code included, but not the glossary."""
    folders = (NOTEBOOKS / lang, NOTEBOOKS.parent / "kdisco" / "course" / "texts" / lang)
    pages = [page for folder in folders for page in sorted(folder.iterdir()) if page.is_file()]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages).lower()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_term_of_the_glossary_is_said_in_the_course(row: tuple[str, str]) -> None:
    for cell, lang in zip(row, ("en", "zh"), strict=True):
        assert any(term.lower() in course(lang) for term in parts(cell)), cell
