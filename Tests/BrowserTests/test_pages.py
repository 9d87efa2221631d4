"""The pages in a real headless Chromium, over a small simulated store.

    apt-get install chromium chromium-driver
    pip install -r Tests/BrowserTests/requirements.txt
    TAPEDECK_PROGRAM=.build/release/tapedeck pytest Tests/BrowserTests

TAPEDECK_SCREENSHOTS names a folder for pictures of every page, on a desktop and on a phone, light and dark.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients/python/tests"))
from tiny_model import write_model  # noqa: E402

PAGES = {
    "ask": "/?q=out+of+the+money+SIMA+calls+with+volume+over+5+before+the+rally",
    "groups": "/?q=average+IV+by+month",
    "outcomes": "/outcomes?question=calls&k=50",
    "evolution": "/evolution?question=calls",
    "regimes": "/regimes?symbol=SIMA",
    "flow": "/flow?date=2014-12-31&min_volume=1",
    "arbitrage": "/arbitrage?date=2014-12-31&fee=0",
    "risk": "/risk?positions=SIMA%2C200&date=2014-12-31",
    "compare": "/compare?question=puts",
    "backtests": "/backtests",
    "backtest": "/backtests?id=weekly",
    "generation": "/generation",
}

#: The rows of an answer's own tables.
ROWS = "#answer > .listing tbody tr"


class Server:
    """``tapedeck serve`` that can be stopped and started again on the same port."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program, self._folder = program, folder
        self._port = 0
        self.start()

    def start(self) -> None:
        environment = {key: value for key, value in os.environ.items() if key != "TAPEDECK_TOKEN"}
        self.process = subprocess.Popen(
            [self._program, "serve", "--store", "store", "--port", str(self._port), "--backtests", "reports", "--log-level", "warning"],
            cwd=self._folder,
            stdout=subprocess.PIPE, text=True, env={**environment, "TAPEDECK_MODELS": str(self._folder / "models")})
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self._port = int(self.url.rsplit(":", 1)[1])

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(timeout=20) == 0


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    program = os.environ.get("TAPEDECK_PROGRAM") or shutil.which("tapedeck")
    if not program:
        pytest.skip("set TAPEDECK_PROGRAM to the built program")
    program = os.path.abspath(program)
    folder = tmp_path_factory.mktemp("browser")
    for seed, key in enumerate(["minilm", "bge-base"], start=1):
        write_model(folder / "models" / key, seed)
    environment = {**os.environ, "TAPEDECK_MODELS": str(folder / "models")}
    for arguments in (
        ["simulate", "--out", "market", "--underlyings", "3", "--rows-per-day", "60", "--seed", "7", "--quirks", "0"],
        ["generate", "--source", "market", "--store", "store", "--models", "minilm,bge-base", "--precision", "f32"],
        ["simulate", "stocks", "--out", "stocks", "--tickers", "30", "--features", "12", "--hidden", "32", "--window", "10",
         "--start", "2023-06-01", "--end", "2024-03-28"],
        ["backtest", "--data", "stocks/features.h5", "--prices", "stocks/prices.h5", "--model", "stocks/model.safetensors", "--subset-size", "15",
         "--start", "2023-11-01", "--top-k", "3", "--num-trials", "3", "--output", "reports/weekly.json"],
    ):
        if arguments[0] == "backtest":
            (folder / "reports").mkdir()
        made = subprocess.run([program, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
    server = Server(program, folder)
    yield server
    server.stop()


class Browser:
    """A window on the pages."""

    def __init__(self) -> None:
        if not shutil.which("chromium") or not shutil.which("chromedriver"):
            pytest.skip("needs Debian's chromium and chromium-driver")
        options = Options()
        options.binary_location = shutil.which("chromium") or ""
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        self.show()

    def show(self, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def open(self, url: str) -> None:
        self.driver.get(url)
        self.wait_until_done()

    def wait_until_done(self) -> None:
        WebDriverWait(self.driver, 20).until(
            lambda driver: driver.execute_script("return document.readyState === 'complete' && !document.querySelector('.working, [aria-busy]')"))
        time.sleep(0.1)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        return [one.text for one in self.all(selector)]

    def click(self, text: str) -> None:
        for one in self.all("button, a, summary"):
            if one.is_displayed() and one.text == text:
                one.click()
                return
        raise AssertionError(f"there is no '{text}'")

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


@pytest.fixture(scope="session")
def window() -> Iterator[Browser]:
    window = Browser()
    yield window
    window.driver.quit()


@pytest.fixture
def browser(window: Browser) -> Browser:
    window.show()
    window.complaints()
    return window


def test_ask_by_keyboard(server: Server, browser: Browser) -> None:
    browser.open(server.url)
    assert browser.all(".examples a")
    assert browser.driver.switch_to.active_element.get_attribute("name") == "q"
    browser.driver.switch_to.active_element.send_keys("SIMA calls with volume over 5", Keys.ENTER)
    browser.wait_until_done()
    assert "q=SIMA+calls" in browser.driver.current_url
    assert browser.texts(".chip span") == ["SIMA", "calls", "volume over 5"]
    assert browser.all(ROWS)
    browser.driver.back()
    browser.wait_until_done()
    assert browser.all(".examples a")


def test_a_chip_is_removed(server: Server, browser: Browser) -> None:
    browser.open(server.url + "/?q=SIMA+calls+with+volume+over+5+glimmering")
    assert browser.texts(".chip.missed") == ["glimmering"]
    browser.one("button[aria-label='Remove “calls” from the question']").click()
    browser.wait_until_done()
    assert browser.one("input[name=q]").get_attribute("value") == "SIMA with volume over 5 glimmering"
    assert "calls" not in browser.texts(".chip span")


def test_rows_are_sorted_filtered_and_paged(server: Server, browser: Browser) -> None:
    browser.open(server.url + "/?q=calls&k=100")
    assert len(browser.all(ROWS)) == 25
    browser.click("volume")
    column = browser.texts("#answer > .listing thead th").index("volume ▼")
    volumes = [int(text.replace(",", "")) for text in browser.texts(f"{ROWS} td:nth-child({column + 1})")]
    assert volumes == sorted(volumes, reverse=True)
    browser.click("Next")
    assert "sort=volume%3Adesc" in browser.driver.current_url and "page=2" in browser.driver.current_url
    second = browser.texts(ROWS)
    browser.driver.refresh()
    browser.wait_until_done()
    assert browser.texts(ROWS) == second
    browser.one("input[type=search]").send_keys("SIMB")
    assert all("SIMB" in text for text in browser.texts(f"{ROWS} td:first-child"))


def test_a_row_leads_on(server: Server, browser: Browser) -> None:
    browser.open(server.url + "/?q=SIMA+calls+with+IV+over+10%25&k=20")
    browser.click("Similar")
    WebDriverWait(browser.driver, 20).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "dialog tbody tr"))
    browser.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not browser.all("dialog")
    browser.click("Payoff")
    assert browser.all("dialog svg path") and "show=payoff" in browser.driver.current_url
    browser.driver.refresh()
    browser.wait_until_done()
    assert browser.all("dialog svg path")
    browser.click("Close")
    browser.click("Details")
    assert "volume" in browser.one("dialog").text
    browser.click("Close")
    browser.click("What happened afterwards")
    WebDriverWait(browser.driver, 20).until(lambda driver: "/outcomes?" in driver.current_url)
    browser.wait_until_done()
    assert "/outcomes?" in browser.driver.current_url and len(browser.all(ROWS)) > 4


@pytest.mark.parametrize("name", PAGES)
def test_every_page(server: Server, browser: Browser, name: str) -> None:
    accessibility = importlib.util.find_spec("axe_playwright_python")
    folder = os.environ.get("TAPEDECK_SCREENSHOTS")
    for width, height, dark in ((1280, 900, False), (390, 844, True), (390, 844, False), (1280, 900, True)):
        browser.show(width, height, dark)
        browser.open(server.url + PAGES[name])
        assert browser.complaints() == []
        assert browser.all("table, figure, .notice"), browser.one("main").text
        assert not browser.all(".notice.error"), browser.one("main").text
        assert browser.driver.execute_script("return document.documentElement.scrollWidth") <= width
        colour = browser.driver.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert colour == ("rgb(20, 23, 27)" if dark else "rgb(255, 255, 255)")
        loaded = browser.driver.execute_script(
            "return performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
            ".filter((e) => !e.name.includes('/v1/')).reduce((sum, e) => sum + e.decodedBodySize, 0)")
        assert loaded < 200_000
        if folder:
            length = browser.driver.execute_script("return document.documentElement.scrollHeight")
            browser.show(width, min(2400, max(height, length)), dark)
            browser.driver.save_screenshot(f"{folder}/{name}-{width}-{'dark' if dark else 'light'}.png")
        if accessibility and accessibility.origin:
            script = next(Path(accessibility.origin).parent.glob("**/axe.min.js")).read_text(encoding="utf-8")
            browser.driver.execute_script(script)
            found = browser.driver.execute_async_script(
                "const done = arguments[arguments.length - 1]; axe.run().then((r) => done(r.violations.map((v) => [v.impact, v.id, v.nodes[0].html])))")
            assert [one for one in found if one[0] in ("serious", "critical")] == []


def test_a_backtest_by_keyboard(server: Server, browser: Browser) -> None:
    browser.open(server.url + "/backtests")
    assert browser.texts(f"{ROWS} td:first-child") == ["weekly"]
    for _ in range(40):
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
        if browser.driver.switch_to.active_element.text == "weekly":
            break
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    WebDriverWait(browser.driver, 20).until(lambda driver: "id=weekly" in driver.current_url)
    browser.wait_until_done()
    assert {"Reasons to doubt", "Results", "Benchmarks", "Vectors", "Trades"} <= set(browser.texts("h2"))
    honesty = browser.one(".honesty").text
    assert "The data is simulated" in honesty and "stayed the same" in honesty and "3 trials were run" in honesty
    assert "a stock’s daily volume" in honesty or "a stock's daily volume" in honesty
    assert len(browser.all("#answer svg")) >= 3 and len(browser.all(".heatmap td[data-sign]")) >= 4
    assert {"Save as JSON", "Save trades as CSV"} <= set(browser.texts(".tools button"))
    # Trades sort and filter, and the address keeps both.
    stock = browser.one("input[type=search]")
    name = browser.texts("#answer > .listing:has(input) tbody tr td:first-child")[0]
    stock.send_keys(name)
    assert set(browser.texts("#answer > .listing:has(input) tbody tr td:first-child")) == {name}
    assert f"filter={name}" in browser.driver.current_url and "id=weekly" in browser.driver.current_url
    browser.driver.back()
    browser.wait_until_done()
    assert browser.texts(f"{ROWS} td:first-child") == ["weekly"]
    browser.open(server.url + "/backtests?id=other")
    assert "no backtest" in browser.one("[role=alert]").text


def test_generation_shows_years_by_model(server: Server, browser: Browser) -> None:
    browser.open(server.url + "/generation")
    rows = browser.texts(".heatmap tbody tr")
    assert len(rows) == 2 and all("complete" in row for row in rows)


def test_first_paint(server: Server, browser: Browser) -> None:
    times = []
    for _ in range(5):
        browser.open(server.url + "/?q=calls")
        times.append(browser.driver.execute_script("return performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    print(f"first contentful paint, ms: {sorted(round(one) for one in times)}")
    assert sorted(times)[2] < 300


def test_the_server_goes_and_comes_back(server: Server, browser: Browser) -> None:
    browser.open(server.url + "/?q=calls")
    server.stop()
    try:
        browser.one("input[name=q]").send_keys(" with volume over 5", Keys.ENTER)
        browser.wait_until_done()
        assert "No answer from the server" in browser.one("[role=alert]").text
    finally:
        server.start()
    time.sleep(1)
    browser.click("Try again")
    browser.wait_until_done()
    assert browser.all(ROWS) and not browser.all("[role=alert]")


def test_errors_say_what_to_do(server: Server, browser: Browser) -> None:
    browser.open(server.url + "/arbitrage?date=2014-12-28")
    assert "nearest days" in browser.one("[role=alert]").text
    browser.open(server.url + "/regimes?symbol=NONE")
    assert "SIMA" in browser.one("[role=alert]").text
