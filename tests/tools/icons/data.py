"""Training pictures for the icon classifier: openly licensed icon sets from the npm registry, named by concept.

Used by `train_icons` only. The sets are fetched by package name into a cache folder, never into the repository;
licences are listed in docs/licences.md.
"""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import tarfile
import zlib
from collections import defaultdict
from pathlib import Path
from typing import Final

import numpy as np

# npm package and version → (licence, folders of SVG files).
SETS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "lucide-static@1.62.0": ("ISC", ("icons",)),
    "feather-icons@4.29.2": ("MIT", ("dist/icons",)),
    "bootstrap-icons@1.13.2": ("MIT", ("icons",)),
    "@tabler/icons@3.51.0": ("MIT", ("icons/outline", "icons/filled")),
    "@mdi/svg@7.4.47": ("Apache-2.0", ("svg",)),
    "heroicons@2.2.0": ("MIT", ("24/outline", "24/solid", "16/solid")),
    "ionicons@8.1.0": ("MIT", ("dist/svg",)),
    "remixicon@3.5.0": ("Apache-2.0", ("icons",)),
    "@phosphor-icons/core@2.1.1": ("MIT", ("assets/regular", "assets/fill", "assets/bold", "assets/light")),
    "@primer/octicons@19.42.0": ("MIT", ("build/svg",)),
    "@material-design-icons/svg@0.14.15": ("Apache-2.0", ("filled", "outlined", "round", "sharp")),
    "@fortawesome/fontawesome-free@7.3.1": ("CC-BY-4.0", ("svgs/regular", "svgs/solid")),
    "eva-icons@1.1.3": ("MIT", ("outline/svg", "fill/svg")),
    "boxicons@2.1.4": ("MIT", ("svg/regular", "svg/solid")),
    "@carbon/icons@11.89.0": ("Apache-2.0", ("svg/32",)),
    "iconoir@7.12.1": ("MIT", ("icons/regular", "icons/solid")),
    "@ant-design/icons-svg@4.6.0": ("MIT", ("inline-svg/outlined", "inline-svg/filled")),
    "@fluentui/svg-icons@1.1.343": ("MIT", ("icons",)),
    "jam-icons@2.0.0": ("MIT", ("svg",)),
    "teenyicons@0.4.1": ("MIT", ("outline", "solid")),
    "simple-line-icons@2.5.5": ("MIT", ("src/svgs",)),
    "evil-icons@1.10.1": ("MIT", ("assets/icons",)),
    "open-iconic@1.1.1": ("MIT", ("svg",)),
}

SIZE: Final = 96  # pixels of a master picture's side
_STYLES: Final = re.compile(
    r"-(outline|outlined|fill|filled|solid|line|light|bold|regular|sharp|rounded|round|f|o|12|16|20|24|28|32|48)$"
)

# Concept → names that the sets give it, after prefixes and style endings are taken off. `heart` and `star` are
# divided into hollow and filled by their pixels, `forward` is made by mirroring `reply`.
NAMES: Final = {
    "heart": "heart favorite favorite-border favourite",
    "star": "star star-border grade star-empty star-rate",
    "cart": "cart shopping-cart cart-shopping shopping-cart-1 shopping-cart-2 cart-2 cart-3 cart2 cart3"
    " cart4 basket shopping-basket basket-shopping basket-2 shopping-cart-simple cart-alt"
    " basket-alt shopping-basket-2 basket2",
    "bag": "bag shopping-bag bag-shopping shopping handbag handbag-simple bag-2 shopping-bag-2"
    " shopping-bag-3 bag-alt tote tote-simple shopping-bag-alt local-mall bag-handle bag-simple"
    " handbag-alt bag-check",
    "magnifier": "search magnifying-glass magnify magnifier search-2 search-alt search-alt-2",
    "menu": "menu bars hamburger-menu three-bars menu-2 nav-icon navicon reorder-three menu-hamburger"
    " density-medium list:bootstrap-icons menu-alt-left",
    "more-horizontal": "dots dots-horizontal more-horizontal ellipsis ellipsis-horizontal more-horiz three-dots"
    " dots-three ellipsis-h kebab-horizontal dots-horizontal-rounded overflow-menu-horizontal"
    " options:simple-line-icons more-h",
    "more-vertical": "dots-vertical more-vertical ellipsis-vertical more-vert three-dots-vertical"
    " dots-three-vertical ellipsis-v kebab-vertical dots-vertical-rounded overflow-menu-vertical"
    " more-2 options-vertical",
    "close": "x close xmark times x-lg x-mark cancel:iconoir dismiss close-large x-close",
    "check": "check checkmark done check-lg tick check-bold",
    "plus": "plus add plus-lg plus-bold plus-large",
    "minus": "minus dash dash-lg remove:ionicons remove:@material-design-icons/svg minus-large",
    "arrow-left": "arrow-left arrow-back arrow-left-long arrow-narrow-left left-arrow-alt arrow-left-alt",
    "arrow-right": "arrow-right arrow-forward arrow-right-long arrow-narrow-right right-arrow-alt arrow-right-alt",
    "arrow-up": "arrow-up arrow-upward arrow-up-long arrow-narrow-up up-arrow-alt",
    "arrow-down": "arrow-down arrow-downward arrow-down-long arrow-narrow-down down-arrow-alt",
    "chevron-left": "chevron-left chevron-back angle-left arrow-left-s arrow-ios-back navigate-before"
    " nav-arrow-left left:teenyicons left:@ant-design/icons-svg arrow-back-ios-new",
    "chevron-right": "chevron-right chevron-forward angle-right arrow-right-s arrow-ios-forward navigate-next"
    " nav-arrow-right right:teenyicons right:@ant-design/icons-svg arrow-forward-ios",
    "chevron-up": "chevron-up angle-up arrow-up-s arrow-ios-upward expand-less nav-arrow-up keyboard-arrow-up"
    " up:teenyicons up:@ant-design/icons-svg caret-up menu-up",
    "chevron-down": "chevron-down angle-down arrow-down-s arrow-ios-downward expand-more nav-arrow-down"
    " keyboard-arrow-down down:teenyicons down:@ant-design/icons-svg caret-down menu-down"
    " arrow-drop-down",
    "bin": "trash trash-2 trash-can trash-alt bin delete-bin trashcan trash2 trash3 trash-simple"
    " delete-outline delete-bin-2 delete-bin-5 delete-bin-6 trash-bin delete:@carbon/icons"
    " delete:@material-design-icons/svg delete:@mdi/svg delete:@ant-design/icons-svg"
    " delete:@fluentui/svg-icons",
    "gear": "gear settings cog gear-six settings-2:remixicon setting cog-8-tooth cog-6-tooth settings-3",
    "bell": "bell notifications notification notification-3 notification-2 bell-simple",
    "person": "user person account account-circle user-circle circle-user user-alt profile person-circle"
    " user-3 user-2 contact circle-user-round user-round circle-person account-circle-2",
    "home": "home house home-2 home-alt house-simple home-simple home-3 house-door home-variant"
    " home-alt-2 home-4 home-5",
    "mail": "mail envelope email envelope-simple mail-1 envelope-closed",
    "reply": "reply mail-reply corner-up-left arrow-reply arrow-back-up",
    "reply-all": "reply-all mail-reply-all arrow-reply-all reply-all-2",
    "send": "send paper-plane paper-airplane send-plane paper-plane-tilt send-2 send-alt send-diagonal"
    " send-2-plane telegram-plane",
    "share": "share-2 share-alt share-variant share-nodes share-network share-social share-android"
    " share:bootstrap-icons share:@material-design-icons/svg share:@carbon/icons share:eva-icons",
    "pencil": "pencil edit edit-2 pencil-simple pen edit-pencil square-edit square-pen pencil-square"
    " pencil-line edit-alt create:ionicons pen-to-square note-pencil edit-box"
    " form:@ant-design/icons-svg edit-square pencil-alt mode-edit write",
    "calendar": "calendar calendar-blank calendar-alt calendar-2 event today calendar-today calendar-days"
    " calendar-event calendar-month date-range calendar-month calendar3 calendar4",
    "clock": "clock time schedule access-time clock-circle watch-later clock-outline time-outline clock-hour-4",
    "phone": "phone call telephone phone-alt local-phone call-phone",
    "camera": "camera camera-alt photo-camera device-camera local-see",
    "image": "image photo picture image-2 insert-photo photo-library images image-alt",
    "play": "play play-fill play-arrow player-play control-play play-button",
    "pause": "pause player-pause control-pause pause-large pause-fill",
    "stop": "player-stop stop-fill control-stop stop-large stop:@mdi/svg stop:heroicons stop:ionicons"
    " stop:remixicon stop:@phosphor-icons/core stop:@material-design-icons/svg"
    " stop:@fortawesome/fontawesome-free stop:@carbon/icons stop:jam-icons stop:bootstrap-icons"
    " stop:teenyicons",
    "skip-forward": "skip-forward skip-next next:fluent player-skip-forward player-track-next step-forward"
    " skip-end play-skip-forward media-skip-forward control-end skip-right",
    "skip-back": "skip-back skip-previous player-skip-back step-backward skip-start play-skip-back"
    " media-skip-backward control-start skip-left player-track-prev",
    "volume": "volume volume-2 volume-up volume-high speaker-2 speaker-high speaker-wave sound"
    " volume-full volume-low speaker-wave-2 unmute speaker-simple-high volume-down volume-medium",
    "download": "download file-download download-2 tray-arrow-down arrow-down-tray arrow-download get-app"
    " download-simple data-transfer-download",
    "upload": "upload file-upload upload-2 tray-arrow-up arrow-up-tray arrow-upload publish upload-simple"
    " data-transfer-upload",
    "link": "link link-2 link-variant link-simple insert-link link-45deg chain link-alt links link-intact",
    "external-link": "external-link link-external open-in-new box-arrow-up-right arrow-top-right-on-square"
    " launch arrow-up-right-from-square open arrow-square-out external-link-alt open-outline",
    "eye": "eye visibility view preview-open show eye-open",
    "eye-off": "eye-off eye-slash eye-closed visibility-off view-off hide eye-invisible",
    "lock": "lock locked lock-closed lock-alt lock-simple lock-2",
    "unlock": "unlock lock-open unlocked lock-open-alt lock-simple-open lock-open-2 lock-unlocked",
    "filter": "funnel filter-alt filter:lucide-static filter:feather-icons filter:bootstrap-icons"
    " filter:@tabler/icons filter:@mdi/svg filter:@fortawesome/fontawesome-free filter:ionicons"
    " filter:remixicon filter:@carbon/icons filter:iconoir filter:@ant-design/icons-svg"
    " filter:@fluentui/svg-icons filter:boxicons filter:jam-icons",
    "sort": "sort swap-vertical arrows-sort arrow-down-up chevron-up-down chevrons-up-down"
    " arrows-down-up sort-alt-2 import-export arrow-sort arrow-up-down selector caret-sort"
    " unfold-more caret-up-down swap-vert sort-alt arrows-up-down expand-up-down",
    "refresh": "refresh reload sync arrow-clockwise rotate-cw refresh-cw arrow-path refresh-2"
    " arrows-clockwise restart arrow-rotate-right autorenew cached renew arrows-rotate"
    " rotate-right loop2",
    "info": "info info-circle information circle-info information-circle info-sign",
    "help": "help-circle question-circle circle-help circle-question question question-mark-circle help"
    " help-outline question-mark question-circle question-circle-outline help-circle-outline",
    "warning": "warning alert-triangle triangle-alert exclamation-triangle alert warning-triangle"
    " report-problem triangle-exclamation",
    "globe": "globe world earth globe-2 language public globe-alt internet web global global-line"
    " globe-simple earth-americas globe2 globe-hemisphere-west",
    "pin": "map-pin location-pin location-on map-marker geo-alt location location-dot map-pin-2 place"
    " marker pin:ionicons pin:eva-icons map-pin-simple map-marker-alt geo room environment",
    "tag": "tag price-tag pricetag sell local-offer price-tag-3 tag-simple",
    "gift": "gift gift-2 gift-simple card-giftcard redeem",
    "folder": "folder file-directory folder-2 folder-simple folder-notch folder-close",
    "file": "file document file-text description file-earmark page insert-drive-file file-alt"
    " file-lines doc document-text file-earmark-text text-document text-snippet file-document"
    " page:iconoir file-2",
    "copy": "copy content-copy file-copy duplicate copy-simple documents:teenyicons files copy-alt",
    "save": "save floppy content-save floppy-disk device-floppy floppy-disk-back save-2 diskette",
    "print": "print printer local-printshop printer-2 print-outline",
    "attach": "paperclip attach attachment paper-clip attach-file attachment-2 attach-2",
    "bookmark": "bookmark bookmark-border bookmark-simple turned-in-not bookmark-2 bookmark-empty",
    "thumbs-up": "thumbs-up thumb-up hand-thumbs-up thumbsup like:@ant-design/icons-svg like:boxicons"
    " thumb-up-alt like:simple-line-icons thumb-like hand-thumb-up like:evil-icons",
    "thumbs-down": "thumbs-down thumb-down hand-thumbs-down thumbsdown dislike thumb-down-alt thumb-dislike"
    " hand-thumb-down",
    "comment": "comment chat message message-circle message-square chat-bubble-outline chat-bubble"
    " chat-left chat-right chat-1 chat-3 message-2 message-3 comment-alt mode-comment chatbubble"
    " chatbox speech-bubble message-rounded chat-circle chat-teardrop bubble"
    " chat-bubble-oval-left message-alt chat-square",
    "flag": "flag flag-2 flag-alt emoji-flags flag-simple flag-banner flag-3 flag-variant",
    "key": "key vpn-key key-variant key-2 key-alt key-round key-simple",
    "wifi": "wifi wireless wi-fi wifi-high wifi-1 wifi-strength-4 signal-wifi-4-bar wifi-full",
    "battery": "battery battery-full battery-4 battery-high battery-half battery-3 battery-medium"
    " battery-empty battery-5 battery-low battery-2",
    "microphone": "mic microphone mic-2 mic-none microphone-2 keyboard-voice audio:@ant-design/icons-svg",
    "sun": "sun light-mode brightness-high weather-sunny white-balance-sunny sunny sun-high"
    " brightness-5 brightness-7 wb-sunny sun-light weather-sunny light",
    "moon": "moon dark-mode half-moon weather-moon nightlight bedtime moon-clear",
    "credit-card": "credit-card payment card bank-card credit-card-alt wallet-credit-card bank-card-2",
    "truck": "truck local-shipping delivery delivery-truck vehicle-truck car-truck vehicle-truck-profile"
    " truck-moving truck-delivery",
    "scale": "scales balance balance-scale scale-balanced law scale-balance scale-unbalanced"
    " scale:lucide-static scale:@tabler/icons",
    "swap": "arrow-left-right arrow-right-left arrows-left-right swap-horizontal compare-arrows"
    " arrows-exchange swap-horiz swap transfer arrow-swap arrows-right-left"
    " arrow-exchange-horizontal exchange-alt exchange swap-horizontal-bold"
    " arrow-right-arrow-left git-compare",
    "grid": "grid apps grid-3x3-gap grid-view view-grid squares-four layout-grid grid-four grid-fill"
    " view-module squares-2x2 table-cells-large grid-2 view-grid-outline grid-alt"
    " dashboard-square",
    "list": "list list-ul format-list-bulleted list-bullet list-bullets list-unordered view-list"
    " text-bullet-list bulletlist unordered-list",
    "zoom-in": "zoom-in magnifying-glass-plus magnify-plus zoom-plus search-plus magnifier-add",
    "zoom-out": "zoom-out magnifying-glass-minus magnify-minus zoom-minus search-minus magnifier-remove",
    "fullscreen": "fullscreen maximize expand maximize-2 arrows-fullscreen arrows-out full-screen-maximize"
    " arrow-expand fullscreen-enter full-screen size-fullscreen expand-alt maximise"
    " arrows-maximize zoom-out-map arrows-pointing-out screen-full maximize-4 arrow-maximize"
    " corners-out",
    "repeat": "repeat retweet arrow-repeat-all twitter-retweet arrow-path-rounded-square"
    " arrows-repeat repeat-2 repeat-variant",
}

# A name that holds one of these words and is no concept's name may still show a concept: it is left out.
_TOUCHY: Final = frozenset(
    re.findall(
        r"\S+",
        "account add alarm alert align alpha angle apps archive arrow arrows attach attachment audio "
        "back backward badge bag balance bars basket battery bell bin book bookmark box brand brightness "
        "browser bubble bullet bulleted calendar call camera cancel card caret cart cell chat check "
        "checkmark chevron chevrons circle clear clip clipboard clock close cog collapse color column "
        "columns comment comments compare compass contact copy credit cross dark dash date delete "
        "delivery directions directory dislike doc document done dot dots down download drag duplicate "
        "earth edit ellipsis email end envelope error event exchange exclamation expand export external "
        "eye fast favorite file files filter flag floppy folder format forward fullscreen funnel gear "
        "gift git globe grid grip hand handle heart help hexagon history home house id image import "
        "inbox info information internet key label language launch law layers layout left letter light "
        "like line link list location lock locked logo loop magnify magnifying mail map marker maximize "
        "menu message messages mic microphone minimize minus moon more move navigation network next "
        "night note notification notifications number numeric off open outline page paperclip pause "
        "payment pen pencil people person phone photo picture pin plane play plus previous price print "
        "printer profile public question rectangle redo refresh reload remove renew reorder repeat reply "
        "restart retweet rewind right rotate router row rows save scale scales search send setting "
        "settings share shield shipping shopping signal signpost skip slash sort sound speaker speech "
        "square stack star start stop sun sunny swap sync table tag text thumb thumbs tick time timer "
        "times transfer trash tray triangle truck undo unlock unlocked up upload user users view "
        "visibility volume warning web wifi world x xmark zoom ",
    )
)


def fetch(package: str, cache: Path) -> Path:
    """The unpacked folder of an npm package, fetched by `npm pack` if it is not in the cache yet."""
    folder = cache / package.strip("@").replace("/", "-")
    if not (folder / "package").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", package, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
    return folder / "package"


def concept_of(stem: str, package: str) -> str | None:
    """The concept that a file of a set shows; "" for an icon of no concept, None where it cannot be told."""
    name = re.sub(r"-+", "-", stem.lower().replace("_", "-"))
    name = (
        re.sub(r"^(bxs?|ei|ic|fa|md|ios|logo|brand)-", "", name)
        if not name.startswith(("bxl", "logo-"))
        else "logo"
    )
    while (shorter := _STYLES.sub("", name)) != name:
        name = shorter
    set_name = package.rsplit("@", 1)[0]
    for concept, names in NAMES.items():
        for entry in names.split():
            wanted, _, only = entry.partition(":")
            if wanted == name and (not only or only == set_name):
                if _misnamed(name, set_name):
                    return None
                return concept
    return None if set(re.split(r"[-\d]", name)) & _TOUCHY or "duotone" in name else ""


# Names that mean another picture in one set than in the others: chevrons, carets, a siren, a lamp, a tray.
_MISNAMED: Final = {
    "simple-line-icons": "arrow-left arrow-right arrow-up arrow-down share loop",
    "eva-icons": "arrow-left arrow-right arrow-up arrow-down",
    "@material-design-icons/svg": "arrow-left arrow-right loop light redeem card-giftcard circle-notifications",
    "@ant-design/icons-svg": "alert form contacts",
    "evil-icons": "calendar",
}


def _misnamed(name: str, set_name: str) -> bool:
    return name in _MISNAMED.get(set_name, "").split()


def collect(cache: Path, per_concept: int = 5) -> list[tuple[str, str, Path]]:
    """(package, concept, file) of every usable icon, at most `per_concept` for a concept in a set."""
    rows: list[tuple[str, str, Path]] = []
    for package, (_, folders) in SETS.items():
        root, taken = fetch(package, cache), defaultdict(list)
        for folder in folders:
            for path in sorted((root / folder).rglob("*.svg")):
                if "fluentui" in package and not re.search(r"_(16|20|24)_(regular|filled)$", path.stem):
                    continue
                concept = concept_of(path.stem, package)
                if concept is not None:
                    taken[concept].append(path)
        for concept, paths in taken.items():
            limit = per_concept if concept else 150
            # Every n-th: names come in order, so this takes different styles and sizes.
            step = max(1.0, len(paths) / limit)
            rows += [(package, concept, paths[int(i * step)]) for i in range(min(limit, len(paths)))]
    return rows


def render(rows: list[tuple[str, str, Path]], store: Path) -> np.ndarray:
    """Opacity 0–255 of each icon drawn at SIZE by Chromium, shape (n, SIZE, SIZE); kept in `store`."""
    import cv2
    from playwright.sync_api import sync_playwright

    key = zlib.crc32("".join(str(r) for r in rows).encode())
    kept = store / f"masters-{key:08x}.npy"
    if kept.exists():
        return np.asarray(np.load(kept))
    pictures, across, down = [], 16, 12
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome")
        )
        page = browser.new_page(viewport={"width": across * SIZE, "height": down * SIZE})
        for at in range(0, len(rows), across * down):
            part = rows[at : at + across * down]
            cells = "".join(
                f'<img style="float:left;width:{SIZE - 16}px;height:{SIZE - 16}px;padding:8px;object-fit:contain"'
                f' src="data:image/svg+xml;base64,{base64.b64encode(_black(path)).decode()}">'
                for _, _, path in part
            )
            page.set_content(f'<body style="margin:0;background:#fff">{cells}', wait_until="load")
            sheet = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
            assert sheet is not None, "the screenshot is not a picture"
            for i in range(len(part)):
                y, x = i // across * SIZE, i % across * SIZE
                pictures.append(255 - sheet[y : y + SIZE, x : x + SIZE])
        browser.close()
    masters = np.stack(pictures)
    np.save(kept, masters)
    return masters


def _black(path: Path) -> bytes:
    """The file with its colours taken off, so that the drawing is opaque black."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r'(fill|stroke)="(?!none|transparent|white|#fff)[^"]*"', r'\1="#000"', text)
    text = text.replace("currentColor", "#000")
    if "xmlns=" not in text:
        text = text.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return text.encode()
