/* Numbers at a place that is known to be there. */
#ifndef PROTO_PACKET_INSIDE_H
#define PROTO_PACKET_INSIDE_H

#include <stdint.h>

static inline uint16_t packet_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t packet_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

#endif
