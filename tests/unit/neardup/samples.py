"""Invented articles, their edits, and reports made from one form."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.builders import NOW
from tracker.model import ArticleId, FamilyId, Likeness
from tracker.neardup.compare import Candidate, compare_article
from tracker.neardup.features import PairFeatures, overlap_of, pair_features, wording_of
from tracker.neardup.policy import LikenessPolicy
from tracker.neardup.prepared import prepare

POLICY = LikenessPolicy()

TITLE = "Harbour city opens tidal power plant after nine years"
TEXT = """\
The harbour city of Lorn opened its tidal power plant on Tuesday, nine years after the first stone was laid and at \
twice the price once promised. Mayor Ines Calder pressed the button shortly after dawn, while several hundred people \
watched from the old quay.

The plant has 24 turbines under the new barrage and is meant to supply 61,000 homes. Engineers had to replace the \
bearings of every turbine last winter, when sand from the estuary was found in the oil.

Fishermen from the northern bank stayed away from the ceremony. Their association says that catches of flounder have \
fallen by a third since work began, and it has asked a court in the capital to order a study of the fish ladders \
before the plant runs at full load.

Calder said the city would pay for the study itself. The operator, Lorn Marine Energy, expects the first full year to \
bring 410 gigawatt hours, slightly less than the figure on which the loans were granted.

Two smaller towns further along the coast have put their own plans on hold until the court has ruled. A ruling is \
expected in the spring, lawyers for both sides said."""
PARAGRAPHS = TEXT.split("\n\n")

OTHER_TITLE = "Choir school moves into former customs house"
OTHER_TEXT = (
    "A choir school with 140 pupils has moved into the former customs house of Brenn, which had stood empty since the "
    "border post closed. The architect kept the weighing hall, now a rehearsal room, and set the classrooms around it "
    "like stalls in a market. Parents raised a fifth of the money with concerts. The rest came from the province, on "
    "the condition that the courtyard stays open to the public until nightfall. Neighbours had feared noise, but the "
    "head of the school invited them to the first rehearsal and promised to end all practice by eight. A cafe will "
    "follow in summer."
)

FOOTER = (
    "This newspaper is read by people in forty countries and belongs to its readers. Sign up to our morning letter and "
    "get the stories that matter before breakfast. You can change what you receive at any time on your account page. "
    "To report an error in this article write to the readers' desk, which answers every message within two working days. "
    "Our reporters follow a code of conduct that you can read on the page about us. Subscribers can give ten articles a "
    "month to friends. Photographs on this page may not be used without leave of the owner. Follow us for live coverage, "
    "podcasts and the weekly quiz, and tell us what we should look into next by leaving a message on the tip line."
)
WALL = (
    "You have read all your free articles this month. Subscribe now to continue reading and get full access to our "
    "journalism on all your devices, with the daily crossword and the weekend magazine included."
)

CHINESE_TITLE = "港口城市潮汐电站在建设九年后投入运行"
CHINESE_TEXT = (
    "洛恩市的潮汐电站星期二正式投入运行，距离奠基已经过去九年，费用是当初承诺的两倍。市长在清晨按下了启动按钮，"
    "数百名市民站在旧码头上观看。电站在新的拦河坝下面装有二十四台水轮机，计划为六万户家庭供电。去年冬天，"
    "工程师在润滑油里发现了河口的泥沙，不得不更换所有水轮机的轴承。北岸的渔民没有出席仪式，他们的协会说，"
    "自从工程开始以来，比目鱼的捕获量减少了三分之一，并且已经请求首都的法院下令研究鱼道。市长表示费用由市政府承担。"
)
CHINESE_OTHER = (
    "布伦市的合唱学校搬进了从前的海关大楼，这座建筑自从边境检查站关闭以后一直空着。建筑师保留了过磅大厅，"
    "现在它成了排练室，教室像市场的摊位一样围绕在四周。家长们用音乐会筹集了五分之一的资金，其余部分由省政府提供，"
    "条件是院子在天黑以前对公众开放。邻居们曾经担心噪音，但是校长邀请他们参加第一次排练，并保证八点以前结束所有练习。"
)


def bulletin(day: str, cases: int, before: int, treated: int, town: str) -> tuple[str, str]:
    """Title and text of a weekly report, the same form every week."""
    text = (
        f"The health office counted {cases} cases of river fever in the week to {day}, compared with {before} a week "
        f"earlier, a spokesman said. {treated} people were treated in hospital, most of them in {town}. The office "
        "asked residents to boil water before use and to keep children away from standing water. Tests at the pumping "
        "stations go on, and the next weekly count will be published at noon on the usual page. The figures are "
        "provisional and may be revised when all districts have reported."
    )
    return f"River fever: {cases} new cases in a week", text


def pair(
    new: tuple[str, str], old: tuple[str, str], gap: timedelta | None = timedelta(hours=2)
) -> PairFeatures:
    """Figures of two (title, text) articles."""
    here, there = wording_of(prepare(*new)), wording_of(prepare(*old))
    return pair_features(here, there, overlap_of(here, there), gap, POLICY)


def candidate(
    article: tuple[str, str], number: int = 1, *, family: int | None = None, at: datetime | None = NOW
) -> Candidate:
    """A stored (title, text) article."""
    return Candidate(
        article_id=ArticleId(number),
        family_id=FamilyId(family or number),
        wording=wording_of(prepare(*article)),
        published_at=at,
    )


def likeness(new: tuple[str, str], *old: Candidate, after: timedelta = timedelta(hours=2)) -> Likeness:
    """The verdict on a (title, text) article published some time after `NOW`."""
    return compare_article(wording_of(prepare(*new)), NOW + after, old, {}, POLICY)
