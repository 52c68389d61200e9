"""Look at pages in a headless Chromium and say what is wrong with them.

Each page is opened from its file, as a reader opens it who was handed the folder, on a desktop's
screen and on a phone's. Wrong is: an error in the console, a request that fails or that asks the
network, an image that does not show, and a page that scrolls sideways or is cut off at the edge of
the screen. Reports are looked at in dark colours and on paper as well, and by axe, which knows the
rules of accessibility; on a screen what a report has folded is unfolded for it.

Without Chromium or the packages nothing can be looked at: the check says so and passes, or fails if
--require is given or REQUIRE_BROWSER is set.
"""

import argparse
import itertools
import os
import re
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ELSEWHERE = re.compile(r"^(?!file:|data:|blob:|about:)")
LONGEST_NAME = 100
MOST_CULPRITS = 3

# Runs in the page. A wide table may lie in a box that scrolls by itself, but not the whole text: a
# box around the heading of the page counts as the page. A line may end in an ellipsis. Nothing may
# begin left of the box or page that it lies in, where it could not be scrolled to. Of nested
# elements that reach beyond an edge the innermost says most.
LOOK = """async (width) => {
    const images = [...document.images];
    images.forEach(image => { image.loading = "eager"; });
    await Promise.all(images.map(image => image.decode().catch(() => null)));
    const contained = element => {
        const style = getComputedStyle(element);
        return ["auto", "scroll"].includes(style.overflowX) && !element.querySelector("h1")
            || style.overflowX === "hidden" && style.textOverflow === "ellipsis";
    };
    const around = element => {
        let box = element.parentElement;
        while (box !== document.body && !contained(box)) box = box.parentElement;
        return box;
    };
    const begins = box => box === document.body
        ? -window.scrollX : box.getBoundingClientRect().left - box.scrollLeft;
    const shows = element => element.checkVisibility({visibilityProperty: true})
        && element.getBoundingClientRect().width > 1;
    const end = element => {
        const box = element.getBoundingClientRect();
        const content = contained(element) || !box.width ? 0 : box.left + element.scrollWidth;
        return window.scrollX + Math.max(box.right, content);
    };
    const beyond = new Set([...document.body.querySelectorAll("*")].filter(element => {
        const box = around(element);
        return end(element) > width + 1 && box === document.body
            || shows(element) && element.getBoundingClientRect().left < begins(box) - 1;
    }));
    const innermost = [...beyond].filter(element =>
        ![...element.children].some(child => beyond.has(child)));
    return {
        missing_images: images.filter(image => image.naturalWidth === 0).map(
            image => image.currentSrc || image.getAttribute("src") || image.outerHTML),
        page_width: document.documentElement.scrollWidth,
        culprits: innermost.map(element =>
            [element.localName, ...element.classList].join(".") + " "
            + JSON.stringify(element.textContent.trim().replace(/\\s+/g, " ").slice(0, 40))),
    };
}"""


class Screen(NamedTuple):
    """A screen that pages are looked at on."""

    name: str
    width: int
    height: int
    is_phone: bool
    scheme: str = "light"
    media: str = "screen"


SCREENS = (Screen("desktop", 1280, 800, False), Screen("phone", 390, 844, True))
# Paper is as wide as A4 between margins of 15 mm, at 96 px per inch.
REPORT_SCREENS = (
    *SCREENS,
    Screen("dark desktop", 1280, 800, False, scheme="dark"),
    Screen("sheet of paper", 680, 1009, False, media="print"),
)


# Runs in the page. An element is named by its selector.
ASK_AXE = """async () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    const {violations} = await axe.run();
    return violations.map(violation =>
        `${violation.id} (${violation.help}): ${violation.nodes[0].target.join(" ")}`
        + (violation.nodes.length > 1 ? ` and ${violation.nodes.length - 1} more` : ""));
}"""


class Seen(NamedTuple):
    """What was seen of a page on a screen."""

    console_errors: tuple = ()
    failed: tuple = ()
    elsewhere: tuple = ()
    missing_images: tuple = ()
    page_width: int = 0
    culprits: tuple = ()
    against_rules: tuple = ()


def shortened(text):
    """Return a text on one line that is not too long, such as the address of inline data."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}..."


def faults(seen, screen):
    """Return a line for each thing that is wrong with a page on a screen."""
    found = [f"console error: {shortened(text)}" for text in seen.console_errors]
    found += [f"failed request: {shortened(address)}" for address in seen.failed]
    found += [f"asks the network for {shortened(address)}" for address in seen.elsewhere]
    found += [f"image does not show: {shortened(address)}" for address in seen.missing_images]
    found += [f"against axe's rule {rule}" for rule in seen.against_rules]
    if seen.page_width > screen.width:
        found.append(
            f"scrolls sideways: {seen.page_width} px wide; beyond the edge: "
            + (", ".join(seen.culprits[:MOST_CULPRITS]) or "no single element")
        )
    elif seen.culprits:
        found.append(
            f"cut off, or scrolls sideways inside: {', '.join(seen.culprits[:MOST_CULPRITS])}"
        )
    return found


def look_at(context, page_path, screen, screenshots=None, axe=None):
    """Open a page on a screen and return what was seen of it, by axe as well with its code."""
    page = context.new_page()
    page.emulate_media(media=screen.media)
    errors, failed, elsewhere = [], [], []

    def note_message(message):
        if message.type == "error":
            errors.append((message.text, message.location["url"]))

    def note_failure(request):
        if not ELSEWHERE.match(request.url):
            failed.append(request.url)

    def refuse(route):
        elsewhere.append(route.request.url)
        route.abort()

    page.on("console", note_message)
    page.on("pageerror", lambda error: errors.append((str(error), None)))
    page.on("requestfailed", note_failure)
    page.route(ELSEWHERE, refuse)
    page.goto(page_path.as_uri())
    found = page.evaluate(LOOK, screen.width)
    if screenshots is not None:
        name = "-".join([*page_path.with_suffix("").parts[-2:], *screen.name.split()])
        page.screenshot(path=screenshots / f"{name}.png", full_page=True)
    against_rules = ()
    if axe is not None and screen.media == "screen":
        page.evaluate(axe)
        against_rules = tuple(page.evaluate(ASK_AXE))
    known = {*failed, *elsewhere}
    return Seen(
        # The console says of a request once more that it has failed.
        console_errors=tuple(text for text, address in errors if address not in known),
        failed=tuple(dict.fromkeys(failed)),
        elsewhere=tuple(dict.fromkeys(elsewhere)),
        # An image whose request has failed was named already.
        missing_images=tuple(image for image in found["missing_images"] if image not in known),
        page_width=found["page_width"],
        culprits=tuple(found["culprits"]),
        against_rules=against_rules,
    )


def look_at_all(pages, reports, chromium, screenshots=None):
    """Yield page, screen and faults for each page on each screen."""
    from playwright.sync_api import sync_playwright

    axe = axe_path().read_text(encoding="utf-8") if reports else None
    looks = [(*look, None) for look in itertools.product(pages, SCREENS)]
    looks += [(*look, axe) for look in itertools.product(reports, REPORT_SCREENS)]
    # playwright leaves the sandbox of Chromium off, which it cannot have as root in a container
    # and does not need for our own pages.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        for page, screen, code in looks:
            # Each page is the first one that its reader comes to: nothing is remembered.
            context = browser.new_context(
                viewport={"width": screen.width, "height": screen.height},
                is_mobile=screen.is_phone,
                has_touch=screen.is_phone,
                color_scheme=screen.scheme,
            )
            yield page, screen, faults(look_at(context, page, screen, screenshots, code), screen)
            context.close()
        browser.close()


def pages_in(paths):
    """Return the HTML files among paths, and those in the folders among them.

    Folders whose names begin with an underscore hold what pages are made of.
    """
    pages = []
    for path in paths:
        found = [path]
        if path.is_dir():
            found = [
                page
                for page in sorted(path.rglob("*.html"))
                if not any(part.startswith("_") for part in page.relative_to(path).parts)
            ]
        if not found or not path.exists():
            sys.exit(f"{path} is no page and no folder that holds one.")
        pages += [page.resolve() for page in found]
    return pages


def axe_path():
    """Return the path of axe's code, which the package axe-playwright-python brings along."""
    return Path(find_spec("axe_playwright_python").submodule_search_locations[0]) / "axe.min.js"


def why_not(chromium, reports=()):
    """Return what keeps pages from being looked at, or None."""
    if chromium is None:
        return f"no Chromium ({', '.join(CHROMIUM)}) is installed"
    if find_spec("playwright") is None:
        return "the package playwright is not installed"
    if reports and find_spec("axe_playwright_python") is None:
        return "the package axe-playwright-python is not installed"
    return None


def main(arguments=None):
    """Look at the pages, print what is wrong and return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "pages", nargs="*", type=Path, metavar="PAGE", help="HTML file, or folder: all in it"
    )
    parser.add_argument(
        "--report",
        action="append",
        default=[],
        type=Path,
        metavar="PAGE",
        help="report of a study, looked at on paper and by axe as well",
    )
    parser.add_argument("--require", action="store_true", help="fail where no browser is installed")
    parser.add_argument("--screenshots", type=Path, metavar="FOLDER", help="keep pictures here")
    options = parser.parse_args(arguments)
    if not options.pages and not options.report:
        parser.error("name a page or a report.")
    pages, reports = pages_in(options.pages), pages_in(options.report)
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    reason = why_not(chromium, reports)
    if reason is not None:
        required = options.require or bool(os.environ.get("REQUIRE_BROWSER"))
        print(f"The pages were not looked at: {reason}.")
        return int(required)
    n_faults = 0
    for page, screen, found in look_at_all(pages, reports, chromium, options.screenshots):
        n_faults += len(found)
        shown = os.path.relpath(page)
        for fault in found:
            print(f"{shown} on a {screen.name} ({screen.width} px): {fault}")
    looked_at = [f"{len(pages)} pages looked at on {len(SCREENS)} screens"] if pages else []
    if reports:
        looked_at.append(f"{len(reports)} reports looked at on {len(REPORT_SCREENS)}")
    print(f"{', '.join(looked_at)}, {n_faults} faults")
    return int(n_faults > 0)


if __name__ == "__main__":
    sys.exit(main())
