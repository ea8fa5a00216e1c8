#!/usr/bin/env bash
# Prints the folder of jars that Apache Kafka runs from, fetched with Maven once and kept outside the repository.
# Needs Java 17 and mvn. Where Maven fetches from is Maven's own configuration.
set -euo pipefail
version=4.1.0
folder="${DAYBOOK_KAFKA_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/daybook/kafka-$version}"

if [ ! -f "$folder/complete" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cat >"$work/pom.xml" <<END
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>daybook</groupId>
  <artifactId>kafka-for-tests</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>$version</version>
    </dependency>
  </dependencies>
</project>
END
  mvn --quiet --batch-mode --file "$work/pom.xml" \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$work/jars" >&2
  touch "$work/jars/complete"
  mkdir -p "$(dirname "$folder")"
  # Whoever is first puts it there whole; another run at the same time finds it done.
  mv -T "$work/jars" "$folder" 2>/dev/null || [ -f "$folder/complete" ]
fi
echo "$folder"
