/*
 * json: see json.h.
 */
#include "client/control/json.h"

#include "common/json_writer.h"

/* A negative VALUE is unknown. */
static void add_number(struct json_writer *json, const char *name, int64_t value)
{
    if (value < 0)
        json_add_null(json, name);
    else
        json_add_integer(json, name, value);
}

static void add_pool(struct json_writer *json, const struct snapshot_pool *pool)
{
    json_begin_object(json, pool->name);
    json_add_string(json, "state", pool->state);
    for (size_t i = 0; i < pool_stat_count; i++)
        add_number(json, pool_stat_table[i].name, pool_stat_get(&pool_stat_table[i], &pool->stats));
    add_number(json, "took_p50_ns", duration_percentile_ns(pool->took, 500000));
    add_number(json, "took_p99_ns", duration_percentile_ns(pool->took, 990000));
    add_number(json, "exec_p50_ns", duration_percentile_ns(pool->exec, 500000));
    add_number(json, "exec_p99_ns", duration_percentile_ns(pool->exec, 990000));
    json_add_string(json, "oldest_peer", pool->oldest_peer);
    json_add_string(json, "endpoint", pool->endpoint);
    json_add_string(json, "sandbox", pool->sandbox);
    json_add_string(json, "user", pool->user);
    json_end_object(json);
}

static void add_worker(struct json_writer *json, const struct snapshot_worker *worker)
{
    json_begin_object(json, NULL);
    add_number(json, "slot", (int64_t)worker->slot);
    add_number(json, "pid", worker->pid);
    add_number(json, "generation", worker->generation);
    json_add_string(json, "state", worker_state_names[worker->state]);
    add_number(json, "since_ns", worker->since_ns);
    add_number(json, "connections", worker->connections);
    json_add_string(json, "peer", worker->peer);
    add_number(json, "program_pid", worker->program_pid);
    json_add_string(json, "says", worker->says);
    json_end_object(json);
}

static void add_workers(struct json_writer *json, const struct snapshot_pool *pool)
{
    json_begin_array(json, pool->name);
    for (size_t i = 0; i < pool->worker_count; i++)
        add_worker(json, &pool->workers[i]);
    json_end_array(json);
}

static void add_sources(struct json_writer *json, const struct snapshot_pool *pool)
{
    json_begin_array(json, pool->name);
    for (size_t i = 0; i < pool->source_count; i++) {
        json_begin_object(json, NULL);
        json_add_string(json, "source", pool->sources[i].name);
        add_number(json, "connections", pool->sources[i].connections);
        add_number(json, "refused", pool->sources[i].refused);
        json_end_object(json);
    }
    json_end_array(json);
}

/* Add the pools, the last member, and end the object. */
static void end_with_pools(struct json_writer *json, const struct snapshot *snapshot,
                           void (*add)(struct json_writer *json, const struct snapshot_pool *pool))
{
    json_begin_object(json, "pools");
    for (size_t i = 0; i < snapshot->pool_count; i++)
        add(json, &snapshot->pools[i]);
    json_end_object(json);
    json_end_object(json);
    fputc('\n', json->out);
}

void json_print_status(const struct snapshot *snapshot, FILE *out)
{
    struct json_writer json = {.out = out};

    json_begin_object(&json, NULL);
    add_number(&json, "pid", snapshot->pid);
    json_add_string(&json, "name", snapshot->name);
    json_add_string(&json, "version", snapshot->version);
    add_number(&json, "uptime_ns", snapshot->uptime_ns);
    json_add_string(&json, "phase", snapshot->phase);
    add_number(&json, "log_lines_dropped", snapshot->log_lines_dropped);
    if (snapshot->reload_waits > 0) {
        add_number(&json, "reload_waits", snapshot->reload_waits);
        add_number(&json, "reload_due_ns", snapshot->reload_due_ns);
    }
    end_with_pools(&json, snapshot, add_pool);
}

void json_print_workers(const struct snapshot *snapshot, FILE *out)
{
    struct json_writer json = {.out = out};

    json_begin_object(&json, NULL);
    end_with_pools(&json, snapshot, add_workers);
}

void json_print_sources(const struct snapshot *snapshot, FILE *out)
{
    struct json_writer json = {.out = out};

    json_begin_object(&json, NULL);
    end_with_pools(&json, snapshot, add_sources);
}
