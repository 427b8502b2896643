/*
 * record: see record.h.
 */
#include "server/log/record.h"

#include <limits.h>

#include "common/log.h"

bool log_record_read_number(const char **at, const char *end, char separator, uint64_t *value)
{
    const char *digit = *at;

    *value = 0;
    for (; digit < end && *digit >= '0' && *digit <= '9'; digit++) {
        if (*value > (UINT64_MAX - 9) / 10)
            return false;
        *value = *value * 10 + (uint64_t)(*digit - '0');
    }
    if (digit == *at || digit == end || *digit != separator)
        return false;
    *at = digit + 1;
    return true;
}

bool log_record_read(struct log_record *record, const char *bytes, size_t length)
{
    const char *at = bytes + 2, *end = bytes + length;
    uint64_t slot, pid;

    if (length < 2 || bytes[0] != LOG_RECORD_MARK ||
        !log_record_read_number(&at, end, ' ', &slot) || slot > SIZE_MAX ||
        !log_record_read_number(&at, end, LOG_RECORD_SEPARATOR, &pid) || pid > INT_MAX)
        return false;
    *record = (struct log_record){.kind = bytes[1],
                                  .slot = (size_t)slot,
                                  .pid = (pid_t)pid,
                                  .text = at,
                                  .length = (size_t)(end - at)};
    return true;
}
