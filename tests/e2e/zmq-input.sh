#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The ZeroMQ input end to end, with libzmq's Python binding as the sender.
exec /usr/bin/python3 "$(dirname "$0")/zmq_input.py"
