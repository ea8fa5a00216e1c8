FROM python:3.13-slim AS build
WORKDIR /source
RUN python -m venv /opt/daybook
COPY . .
RUN /opt/daybook/bin/pip install --no-cache-dir --constraint constraints.txt .

FROM python:3.13-slim
RUN useradd --system --user-group --no-create-home daybook
COPY --from=build /opt/daybook /opt/daybook
ENV PATH=/opt/daybook/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER daybook
EXPOSE 8000
ENTRYPOINT ["daybook"]
CMD ["--help"]
