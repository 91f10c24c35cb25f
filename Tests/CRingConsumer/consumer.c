/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "ring_consumer.h"

#include <bpf/libbpf.h>
#include <stddef.h>
#include <time.h>

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct consumer {
    int64_t left;
    uint64_t bytes;
};

static int receive(void *context, void *data, size_t size)
{
    struct consumer *c = context;
    /* The length that the record tells: it is read, as any consumer would. */
    c->bytes += ((const uint32_t *)data)[2] + (size == 0);
    return --c->left > 0 ? 0 : -1;
}

int64_t ring_consume(int descriptor, int64_t wanted, int milliseconds, uint64_t *bytes)
{
    struct consumer c = {.left = wanted};
    struct ring_buffer *ring = ring_buffer__new(descriptor, receive, &c, NULL);
    if (!ring)
        return -1;
    /* Woken by a record that is still being written, it gives none: that isn't the end yet. */
    uint64_t last = now();
    while (c.left > 0 && now() - last < (uint64_t)milliseconds * 1000000u) {
        if (ring_buffer__poll(ring, milliseconds) > 0)
            last = now();
    }
    ring_buffer__free(ring);
    *bytes = c.bytes;
    return wanted - c.left;
}
