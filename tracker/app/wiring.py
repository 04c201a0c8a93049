"""Adapters made from settings, and a page read without an installation's database.

The HTTP client and the sandbox are imported when they are first made: a listing should not pay for them.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tracker.model import Article, FetchFailed, Refused
from tracker.ports import Mailer
from tracker.settings import LoadedSettings, Settings, mail_password

if TYPE_CHECKING:
    from tracker.delivery import SmtpMailer
    from tracker.fetch import HttpFetcher
    from tracker.pipeline.acquire import PageAnswer
    from tracker.polling import PollPolicy
    from tracker.sandbox import ProcessSandbox

__all__ = [
    "article_of_answer",
    "make_fetcher",
    "make_mailer",
    "make_poll_policy",
    "make_sandbox",
    "make_smtp",
    "read_page",
]


def make_fetcher(settings: Settings) -> HttpFetcher:
    """The one HTTP gateway, as configured."""
    from tracker.fetch import FetchPolicy, HttpFetcher

    http = settings.http
    policy = FetchPolicy(
        contact=http.contact,
        allow_hosts=http.allow_hosts,
        total_deadline=http.total_timeout,
        per_host_spacing=http.per_host_spacing,
        respect_robots=http.respect_robots,
    )
    return HttpFetcher(replace(policy, user_agent=http.user_agent) if http.user_agent else policy)


def make_sandbox(settings: Settings) -> ProcessSandbox:
    """The children that read foreign documents, as configured."""
    from tracker.sandbox import ProcessSandbox, SandboxPolicy

    chosen = settings.sandbox
    return ProcessSandbox(
        SandboxPolicy(workers=chosen.workers, deadline=chosen.deadline, memory_bytes=chosen.memory)
    )


def make_mailer(settings: Settings) -> Mailer:
    """Who hands mail over, as configured."""
    if settings.mail.transport == "smtp":
        return make_smtp(settings)
    from tracker.delivery import FolderMailer

    return FolderMailer(settings.mail.folder)


def make_smtp(settings: Settings, patience: timedelta | None = None) -> SmtpMailer:
    """The configured mail server; with `patience` no answer is waited for longer than that."""
    from tracker.delivery import SmtpMailer, SmtpPolicy

    mail = settings.mail
    policy = SmtpPolicy(
        host=mail.host, port=mail.port, security=mail.security, username=mail.username,
        password=lambda: mail_password(settings),
    )  # fmt: skip
    if patience is not None:
        policy = replace(policy, connect_timeout=patience, command_timeout=patience)
    return SmtpMailer(policy)


def make_poll_policy(settings: Settings) -> PollPolicy:
    """The bounds of polling, as configured."""
    from tracker.polling import PollPolicy

    chosen = settings.polling
    return PollPolicy(
        min_interval=chosen.min_interval,
        max_interval=chosen.max_interval,
        default_interval=chosen.default_interval,
    )


def read_page(loaded: LoadedSettings, url: str) -> tuple[Article | None, str]:
    """Fetch one page and extract its article; None and a sentence when it cannot be had. Stores nothing."""
    from tracker.pipeline.acquire import Acquirer

    settings = loaded.settings
    with closing(make_fetcher(settings)) as fetcher, closing(make_sandbox(settings)) as sandbox:
        answer = Acquirer(fetcher, sandbox, make_poll_policy(settings)).page(url, url).result()
    return article_of_answer(answer, datetime.now(UTC))


def article_of_answer(answer: PageAnswer, now: datetime) -> tuple[Article | None, str]:
    """The article of a page that was asked for by itself, or why there is none."""
    if isinstance(answer.page, FetchFailed | Refused):
        return None, answer.page.detail
    from tracker.articles import article_from_page

    article = article_from_page(answer.page, answer.url, first_seen_at=now)
    return article, article.note
