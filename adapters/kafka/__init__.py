"""Kafka: topics, publishing, consuming, dead letters. All over ``kafka-python``, which blocks: see ``threads``."""
