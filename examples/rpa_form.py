"""Fixed steps by words, then a task in words, in one session. Prints what it read.

python examples/rpa_form.py
"""

from agent import Controller, NotOnScreen
from envs import BrowserConfig, BrowserEnvironment, open_site

site = open_site("store")
try:
    with BrowserEnvironment(BrowserConfig(url=site.url)) as browser, Controller(browser) as screen:
        result = screen.do("add SU7 to wishlist")
        print(f"the agent: {result.status}")
        screen.click("Wishlist", nth=1)
        screen.expect("SU7", nth=1)
        print("on the wish list: SU7")
        try:
            screen.click("Launch the rocket", timeout=0)
        except NotOnScreen as error:
            print(str(error).splitlines()[0])
finally:
    site.close()
