/*
 * undefined: a module that calls a function which nothing defines.
 */
#include <preforkd/service.h>

size_t defined_nowhere(struct preforkd_connection *connection);

static void undefined_stream(struct preforkd_connection *connection,
                             const struct preforkd_operations *operations)
{
    operations->conclude(connection, "", defined_nowhere(connection));
}

const struct preforkd_service preforkd_service = {
    .abi = PREFORKD_ABI,
    .stream = undefined_stream,
};
