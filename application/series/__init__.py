"""Series of sessions: preview, book, change and cancel many in one transaction."""

from application.series.booking import BookSeries, PreviewSeries
from application.series.cancelling import CancelSeries
from application.series.changing import ChangeSeries
from application.series.results import SeriesCancelled, SeriesPreview, SeriesResult

__all__ = [
    "BookSeries", "CancelSeries", "ChangeSeries", "PreviewSeries", "SeriesCancelled", "SeriesPreview", "SeriesResult",
]  # fmt: skip
