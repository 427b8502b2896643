/*
 * connection_record: see connection_record.h. On the way it is five words of text, the peer last.
 */
#include "server/log/connection_record.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/log/record.h"

static const char *const outcome_names[] = {"answered", "cut",    "lost",      "closed",
                                            "dropped",  "failed", "signalled", "unstarted"};

enum { OUTCOMES = sizeof(outcome_names) / sizeof(outcome_names[0]) };

void connection_record_send(const struct connection_record *record)
{
    log_record(CONNECTION_RECORD_KIND, "%d %llu %llu %llu %s", (int)record->outcome,
               (unsigned long long)record->bytes_in, (unsigned long long)record->bytes_out,
               (unsigned long long)record->took_ns, record->peer);
}

bool connection_record_read(struct connection_record *record, const char *text, size_t length)
{
    const char *at = text, *end = text + length;
    uint64_t outcome;

    if (!log_record_read_number(&at, end, ' ', &outcome) || outcome >= OUTCOMES ||
        !log_record_read_number(&at, end, ' ', &record->bytes_in) ||
        !log_record_read_number(&at, end, ' ', &record->bytes_out) ||
        !log_record_read_number(&at, end, ' ', &record->took_ns) ||
        (size_t)(end - at) >= sizeof(record->peer))
        return false;
    record->outcome = (enum connection_outcome)outcome;
    memcpy(record->peer, at, (size_t)(end - at));
    record->peer[end - at] = '\0';
    return true;
}

/* Print the NAME of a field, and its bytes. */
static void print_bytes_field(const char *name, uint64_t bytes, struct log_text *fields)
{
    if (bytes == CONNECTION_BYTES_UNKNOWN)
        log_text_print(fields, ",\"%s\":null", name);
    else
        log_text_print(fields, ",\"%s\":%llu", name, (unsigned long long)bytes);
}

static void print_fields(const struct connection_record *record, const char *pool, size_t slot,
                         struct log_text *fields)
{
    log_text_begin(fields, 0);
    log_text_print(fields, ",\"event\":\"connection\",\"pool\":\"%s\",\"slot\":%zu,\"peer\":\"",
                   pool, slot);
    log_text_escape(fields, record->peer, strlen(record->peer));
    log_text_print(fields, "\"");
    print_bytes_field("bytes_in", record->bytes_in, fields);
    print_bytes_field("bytes_out", record->bytes_out, fields);
    log_text_print(fields, ",\"duration_ns\":%llu,\"outcome\":\"%s\"",
                   (unsigned long long)record->took_ns, outcome_names[record->outcome]);
    fields->bytes[fields->length] = '\0';
}

void connection_record_print(const struct connection_record *record, const char *pool, size_t slot,
                             struct log_text *message, struct log_text *fields)
{
    print_fields(record, pool, slot, fields);
    log_text_begin(message, 0);
    log_text_print(message, "connection: pool %s, slot %zu, %s, ", pool, slot, record->peer);
    if (record->bytes_in == CONNECTION_BYTES_UNKNOWN)
        log_text_print(message, "bytes unknown");
    else
        log_text_print(message, "%llu bytes in, %llu out", (unsigned long long)record->bytes_in,
                       (unsigned long long)record->bytes_out);
    log_text_print(message, ", %llu.%06llu s, %s", (unsigned long long)(record->took_ns / NS_PER_S),
                   (unsigned long long)(record->took_ns % NS_PER_S / NS_PER_US),
                   outcome_names[record->outcome]);
}
