/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors and credentials over Unix sockets: macros that aren't imported into Swift. */
#pragma once
#include <stdint.h>

/* A SOCK_SEQPACKET socket, non-blocking and closed on exec, that listens at a path; an old one is replaced. -1: errno. */
int clinux_listen_packets(const char *path, unsigned mode);
/* The same kind of socket, connected; blocking, each call for `milliseconds` at most. -1: errno. */
int clinux_connect_packets(const char *path, int milliseconds);
/* Both ends of a pair of such sockets, blocking; 0, or -1 with errno. */
int clinux_packet_pair(int ends[2]);
/* The next connection, non-blocking; -1 with errno. */
int clinux_accept(int listening);
/* The process at the other end when it connected; 0 if the kernel doesn't say. */
int32_t clinux_peer_pid(int connection);
/* Sends one packet with a descriptor; 0, or -1 with errno. Never waits. */
int clinux_send_descriptor(int connection, const void *bytes, unsigned long count, int descriptor);
/* Receives one packet and the descriptor that it comes with, -1 if there is none: the bytes, or -1 with errno. What is
 * longer than `count` counts as `count` + 1. */
long clinux_receive_descriptor(int connection, void *bytes, unsigned long count, int *descriptor);
