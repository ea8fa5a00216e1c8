-- Dead letters that lie in Kafka are counted by whoever consumes there, for them to be seen in the same place.
SET ROLE daybook_owner;
ALTER TABLE delivery.members ADD COLUMN dead bigint;

-- Rows of (name, label, value), numbers only:
--   delivery_lag_seconds, consumer, age of the oldest event that it is not done with (of those that read the books)
--   delivery_behind, consumer, how many events (of the books) or messages (of Kafka) that is
--   dead_letters, consumer, how many messages could not be handled
CREATE OR REPLACE FUNCTION delivery.measures() RETURNS TABLE (name text, label text, value double precision)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$
    SELECT m.name, c.name, m.value
      FROM (SELECT name FROM delivery.consumers EXCEPT SELECT consumer FROM delivery.members WHERE behind IS NOT NULL) c
      CROSS JOIN LATERAL (
        SELECT sum(b.position - coalesce(p.position, 0)) AS behind,
               max(extract(epoch FROM clock_timestamp() - first.recorded_at)) AS age
          FROM book.books b
          LEFT JOIN delivery.positions p ON p.tenant_id = b.tenant_id AND p.consumer = c.name
          JOIN LATERAL (SELECT e.recorded_at FROM book.events e
                         WHERE e.tenant_id = b.tenant_id AND e.position = coalesce(p.position, 0) + 1) first ON true
         WHERE b.position > coalesce(p.position, 0)
      ) late
      CROSS JOIN LATERAL (VALUES ('delivery_lag_seconds', coalesce(late.age, 0)::double precision),
                                 ('delivery_behind', coalesce(late.behind, 0)::double precision)) m (name, value)
    UNION ALL
    SELECT 'delivery_behind', consumer, sum(behind) FROM delivery.members WHERE behind IS NOT NULL GROUP BY consumer
    UNION ALL
    SELECT 'dead_letters', d.consumer, sum(d.count) FROM (
        SELECT consumer, count(*) FROM delivery.dead_letters GROUP BY consumer
        UNION ALL
        SELECT consumer, max(dead) FROM delivery.members WHERE dead IS NOT NULL GROUP BY consumer
      ) d (consumer, count) GROUP BY d.consumer
  $$;
RESET ROLE;
