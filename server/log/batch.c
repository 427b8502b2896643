/*
 * batch: see batch.h.
 */
#include "server/log/batch.h"

#include <string.h>

#include "common/log.h"

void log_batch_begin(struct log_batch *batch, size_t size)
{
    batch->size = size < sizeof(batch->bytes) ? size : sizeof(batch->bytes);
    batch->lines = 0;
    batch->length = 0;
    log_time_print(batch->time);
}

void log_batch_end(struct log_batch *batch)
{
    if (batch->lines > 0)
        log_write(batch->bytes, batch->length, batch->lines);
    batch->lines = 0;
    batch->length = 0;
}

void log_batch_add(struct log_batch *batch, const struct log_text *line)
{
    if (batch->length + line->length > batch->size)
        log_batch_end(batch);
    memcpy(batch->bytes + batch->length, line->bytes, line->length);
    batch->length += line->length;
    batch->lines++;
}
