"""Everyday words that mean about the same, for tasks that ask for words like a given one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from model.embedded.understand.act import best
from model.embedded.understand.goals import Goal, Target
from model.embedded.understand.language import fold
from model.embedded.understand.match import ENOUGH
from model.embedded.understand.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.understand.wording import text_score

_GROUPS = """
big large huge giant enormous great immense massive vast sizable gigantic; small little tiny mini miniature
petite minute slight; happy glad joyful cheerful delighted merry content pleased; sad unhappy gloomy sorrowful
miserable upset depressed melancholy; angry mad furious irate enraged annoyed; fast quick rapid swift speedy
hasty; slow sluggish unhurried gradual; smart clever intelligent bright brilliant wise; stupid dumb foolish
silly unwise dense; pretty beautiful lovely attractive gorgeous handsome; ugly hideous unattractive unsightly;
start begin commence initiate launch; end finish stop conclude complete terminate cease halt; buy purchase
acquire procure get; sell trade vend; help aid assist support; house home dwelling residence building; car
automobile vehicle auto; kid child youngster; man guy male gentleman; woman lady female; friend pal buddy
companion mate comrade; enemy foe rival opponent; scared afraid frightened fearful terrified; brave courageous
bold fearless heroic; rich wealthy affluent prosperous; poor needy broke impoverished; hard difficult tough
challenging; easy simple effortless; hot warm boiling burning heated; cold chilly cool freezing icy frosty; wet
damp moist soaked; dry arid parched; loud noisy; quiet silent hushed still calm peaceful; old ancient aged
elderly; new recent modern fresh novel; young youthful juvenile; strong powerful mighty sturdy; weak feeble
frail fragile; funny humorous amusing comical hilarious; strange odd weird peculiar unusual bizarre; normal
ordinary usual common typical regular; important significant crucial essential vital; correct right accurate
true; wrong incorrect false mistaken; look see watch view observe; talk speak chat converse; say tell state
declare; walk stroll; run sprint jog dash; jump leap hop; shout yell scream cry; laugh giggle chuckle; throw
toss fling hurl; make create build construct produce form; break smash shatter destroy ruin wreck; repair fix
mend; choose select pick; answer reply response respond; ask question inquire query; idea thought notion
concept; job work occupation career profession; gift present; trip journey voyage travel; error mistake fault
slip; road street avenue lane; picture image photo photograph; story tale narrative; boat ship vessel; rock
stone boulder; forest woods woodland; ocean sea; town city; shop store market; meal food dinner; doctor
physician; teacher instructor tutor; delicious tasty yummy; tired weary exhausted sleepy; kind nice friendly
gentle caring; mean cruel nasty unkind; rude impolite; polite courteous; empty vacant bare; full packed filled;
near close; far distant remote; high tall lofty; low short; wide broad; thin slim skinny slender lean; fat plump
chubby obese; thick dense; dangerous risky hazardous unsafe; safe secure protected; famous renowned celebrated
popular; terrible awful horrible dreadful bad; good excellent great fine superb wonderful fantastic; love adore
cherish; hate detest loathe despise; like enjoy; want desire wish; need require; keep retain hold save; give
donate offer; take grab seize; close shut; open unlock unclosed; hide conceal; show display exhibit; find
discover locate; lose misplace; grow expand increase enlarge; reduce decrease shrink lessen; permit allow let;
forbid ban prohibit; change alter modify; move shift; pull tug drag; push shove press; cut slice chop; clean
tidy neat spotless; dirty filthy grimy messy; crazy insane mad; lucky fortunate; lazy idle; busy occupied;
honest truthful sincere; shiny glossy gleaming; dark dim gloomy; bright shining radiant; sick ill unwell;
healthy fit well; hungry starving famished; thief robber burglar; fire flame blaze; fight battle combat; war
conflict; sleep nap doze slumber rest; drink sip gulp; eat consume devour dine; pig hog swine; dog hound puppy;
cat kitten feline; rabbit bunny hare; snake serpent; flow stream pour; red crimson scarlet; blue azure; yellow
golden; purple violet
"""
GROUPS = tuple(frozenset(re.findall(r"[a-z]+", group)) for group in _GROUPS.split(";"))


@dataclass(frozen=True)
class Similar(Goal):
    """Tick the words that mean about the same as these."""

    words: tuple[str, ...] = ()


def alike(one: str, other: str) -> bool:
    """Whether two words mean about the same."""
    a, b = fold(one).strip(" .,"), fold(other).strip(" .,")
    return a == b or any(a in group and b in group for group in GROUPS)


def similar(goal: Similar, now: Now) -> Answer:
    """The box beside every word of the same meaning, one a step."""
    boxes = [t for t in now.scene.of("checkbox", "radio", "switch") if t.text]
    if not boxes:
        found = best(Target(text=goal.words[0], kinds=("checkbox",)), now)
        if not found or found.score < ENOUGH:
            return Lost("there are no words with boxes", Target(kinds=("checkbox",)))
        boxes = [found.thing]
    done = {s.text for s in now.past if s.kind == "click" and not s.error}
    missing = []
    for word in goal.words:
        fits = [b for b in boxes if alike(word, b.text) or text_score(word, b.text)[0] >= 0.9]
        for box in fits:
            if box.text not in done and "checked" not in box.state:
                return Move(click_at(box.point, box.text), f"“{box.text}” is like “{word}”.", 0.91, last=False)
        if not fits:
            missing.append(word)
    if missing:
        return Lost(f"I know no word here that is like “{missing[0]}”")
    return Done("the words like " + ", ".join(goal.words) + " are ticked", 0.91)
