/* Names of errors. */
#include "base/err.h"

const char *err_name(enum err e)
{
    switch (e) {
    case ERR_OK:
        return "ok";
    case ERR_MORE:
        return "more";
    case ERR_MALFORMED:
        return "malformed";
    case ERR_LIMIT:
        return "limit";
    case ERR_MEMORY:
        return "memory";
    case ERR_IO:
        return "io";
    case ERR_MISSING:
        return "missing";
    case ERR_USAGE:
        return "usage";
    case ERR_END:
        return "end";
    }
    return "?";
}
