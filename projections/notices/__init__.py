"""Notices: the log, what is to be done about them, and what was chosen."""

from projections.notices.choices import OptOutRow, TemplateRow, opt_outs, opted_out, own_templates, templates
from projections.notices.lists import Filter, due, get, page
from projections.notices.log import NoticeRow, notices
from projections.notices.work import NoticeWorkRow, work

__all__ = [
    "Filter",
    "NoticeRow",
    "NoticeWorkRow",
    "OptOutRow",
    "TemplateRow",
    "due",
    "get",
    "notices",
    "opt_outs",
    "opted_out",
    "own_templates",
    "page",
    "templates",
    "work",
]
