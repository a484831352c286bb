# SPDX-License-Identifier: Apache-2.0
"""Faults of an agent; the form is that of hooks.py."""

AGENT = """
ag ag-name-cut name data truncate 1 /general/alert_name | names are cut to 24 characters
ag ag-name-ascii name encoding mojibake 2 /general/alert_name | characters outside ASCII become question marks
ag ag-name-spaces name data changed 3 /general/alert_name | tabs in names become spaces
ag ag-swaps-ends source data swapped 1* /general/source/ip | source and target change places
ag ag-target-is-source target data wrong_value 1 /general/target/ip | the target is the source
ag ag-drops-six source data lost 2* /general/source/ip | addresses of IPv6 are not understood
ag ag-swaps-ports port data swapped 1 /general/source/port | ports change places
ag ag-port-16-bit port data changed 3 /general/source/port | ports beyond 32767 wrap
ag ag-time-offset time data changed 2* /general/alert_time | every time is taken for one of +08:00
ag ag-time-seconds time data truncate 2 /general/alert_time | fractions of a second are cut
ag ag-time-read time data wrong_value 1* /general/alert_time | the time of reading is the time of the alert
ag ag-level-constant level data constant 1 /general/alert_level | every level is medium
ag ag-level-reversed level data swapped 1* /general/alert_level | the worst severity gets the lowest level
ag ag-level-flat level data changed 3 /general/alert_level | two severities get one level
ag ag-level-varies level data changed 3 /general/alert_level | a severity gets now one level, now another
ag ag-no-detector detector data member_missing 1 /general/detector | the product that saw it is not named
ag ag-no-type type data member_missing 1 /general/alert_type | no alert type
ag ag-no-action action data member_missing 2 /general/action | no action
ag ag-action-alert action data constant 2 /general/action | what was blocked reads as let pass
ag ag-loses-tenth lost state lost 1 lost | each tenth event is lost
ag ag-keeps-last lost state lost 2* lost | the last line waits for another
ag ag-doubles-fifth doubled state doubled 1 doubled | each fifth event comes twice, under two identifiers
ag ag-sends-twice again state doubled 2 again | every message is sent twice
ag ag-reverses order state reordered 1 order | events of a message are in reverse order
ag ag-swaps-messages order state reordered 2 order | messages overtake each other
ag ag-heartbeat foreign state doubled 2 foreign | alerts of its own are among those of the input
ag ag-only-at-start running state lost 1 lost | what is written while it runs is not read
ag ag-half-lines cut state truncate 2* lost | a line that is not complete is read
ag ag-stops-at-bad bad errors lost 2* lost | a bad line ends the reading
ag ag-bad-spoils-batch bad errors lost 3 lost | a bad line takes its neighbours with it
ag ag-one-try away state lost 2* lost | what is not acknowledged at once is dropped
ag ag-short-queue away limits lost 2 lost | more than thirty waiting events: the oldest go
ag ag-acks-first killed state ack_before_durable 3 lost | the place is moved on before the message is delivered
ag ag-forgets-position restarted state lost 1* lost | after a start it reads from the end
ag ag-open-anew ids state changed 3 doubled | the message that was on its way gets new identifiers
ag ag-keeps-no-position resumed state doubled 2 again | after a start all is sent again
"""
