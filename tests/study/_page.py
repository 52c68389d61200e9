"""A report read as its readers get it: text, numbers, ids and links."""

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser

import pandas as pd

UNSEEN = ("script", "style", "code", "title")
VOID = ("img", "meta", "link", "br")
FIXED = (
    r"10\.1016/\S+",
    r"\(Spiegelhalter et al., \d{4}\)|Blackburn, P\. R\. \(\d{4}\).*?\d+–\d+\.$",
    r"Schreiber and Schmitz, \d{4}|Schmitz, A\. \(\d{4}\).*?\d+–\d+\.$",
    r"1\.5 times the largest",
    r"BSD-3-Clause",
    r"\((?:Diebold|Theiler|aging law;).*?\d{4}\)",
    r"(?:Mariano, R\. S\.|Farmer, J\. D\.|Dieterich, J\. H\.|Ruina, A\.) \(\d{4}\).*?\d+–\d+\.$",
    r"(?:Hirose, T\.|developers) \(\d{4}\)",
    r"[Ff]igure \d\w?",
    r"(?:one-sided |t-test |compared |better |distinguishable )?at 5 %",
    r"(?:one-sided )?95 % (?:bounds?|intervals?|of the surrogates)",
    r"80 % of such records|10 % to 90 % quantile of the repeats",
    r"1\.5 interquartile",
    r"first [\d,]+ rows of a run",
    r"1 is perfect|1 is full|Skill is 1 minus|0 or less|above 0",
    r"5 are needed",
    r"[p<] ?< 0\.001|(?<=^)< 0\.001",
    r"z\^2",
    r"GRU",
)
"""Numbers of the wording, which say nothing of a record."""

NUMBER = re.compile(
    r"(?<![\w.^-])[-−]?(\d[\d,]*(?:\.\d+)?)(?: × 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?( ?%)?(?![\w^]|\.\d)"
)
MOST_ROWS = 150
PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


class Page(HTMLParser):
    """Text, ids, links, references to ids and alternative texts of a page."""

    def __init__(self, html):
        super().__init__()
        self.texts, self.ids, self.links, self.referred, self.alternatives = [], [], [], [], []
        self.code, self._open = {}, []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a":
            self.links.append(attributes["href"])
        if tag == "img":
            self.alternatives.append(attributes["alt"])
        for name in ("aria-labelledby", "aria-describedby"):
            self.referred += attributes.get(name, "").split()
        if tag not in VOID:
            self._open.append((tag, attributes.get("id")))

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        tags = [tag for tag, _ in self._open]
        if "code" in tags:
            self.code[self._open[-1][1]] = data
        if not any(tag in UNSEEN for tag in tags):
            self.texts.append(data.replace("\N{NO-BREAK SPACE}", " ").strip())

    @property
    def seen(self):
        """Every piece of text that a reader sees or hears."""
        return [text for text in [*self.texts, *self.alternatives] if text]


def numbers_of(text):
    """Return the numbers in a text, as (as written, value, decimals, whether in percent)."""
    for pattern in FIXED:
        text = re.sub(pattern, " ", text)
    found = []
    for match in NUMBER.finditer(text):
        digits = match[1].rstrip(",").replace(",", "")
        exponent = int((match[2] or "0").translate(PLAIN))
        decimals = len(digits.partition(".")[2]) - exponent
        found.append((match[0], float(digits) * 10.0**exponent, decimals, bool(match[3])))
    return found


def stored_numbers(folder):
    """Return the magnitude of every number in the tables and the settings of a study.

    Tables of all rows hold so many numbers that any would be found among them.
    """
    stored = set()
    for path in folder.glob("*.csv"):
        # As text, since some versions of pandas read numbers to their last digit but one.
        table = pd.read_csv(path, encoding="utf-8", dtype=str, keep_default_na=False)
        if len(table) > MOST_ROWS:
            continue
        for name in table.columns:
            stored |= {number for _, number, _, _ in numbers_of(str(name))}
            try:
                stored |= {abs(float(text)) for text in table[name] if text}
            except ValueError:
                for text in table[name].unique():
                    stored |= _in_text(text)
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    return stored | _in_settings(settings)


def _in_settings(value):
    """Return the numbers in settings, those in texts included."""
    if isinstance(value, dict):
        return set().union(*map(_in_settings, [*value, *value.values()]))
    if isinstance(value, list):
        return set().union(*map(_in_settings, value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {abs(float(value))}
    return _in_text(value) if isinstance(value, str) else set()


def _in_text(text):
    """Return all numbers in a text, also those that are parts of words, such as versions."""
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    return {float(digits) for digits in re.findall(r"\d+(?:\.\d+)?(?:e-?\d+)?", text)}


def unknown_numbers(page, stored):
    """Return the numbers of a page that are no number of a table or setting, rounded."""
    return [
        (written, text[:120])
        for text in page.seen
        for written, value, decimals, in_percent in numbers_of(text)
        if not any(
            is_rounded(known, value, decimals, scale)
            for known in stored
            for scale in ((1, 100) if in_percent else (1,))
        )
    ]


def is_rounded(known, value, decimals, scale=1):
    """Tell whether a value is a known number, as its table has it, with so many decimals.

    A half is rounded away from zero.
    """
    if abs(scale * known - value) > 10.0**-decimals:
        return False
    step = Decimal(1).scaleb(-decimals)
    shown = (Decimal(repr(known)) * scale).quantize(step, ROUND_HALF_UP)
    return shown == Decimal(repr(value)).quantize(step, ROUND_HALF_UP)
