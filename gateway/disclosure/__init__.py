"""The hallway: every disclosure walks through here, in numbered steps.

Rule: nothing leaves before step 7 has reached the disk, and every denial on the way is recorded like a disclosure.

 1 identify     the caller comes authenticated: system and person (gateway.rpc.identity)
 2 purpose      the plan in force covers recipient, role, keys and mask
 3 shed         a flood is turned away before any database work
 4 standing     the post is in force today; the case is open and the resident a party to it
 5 restrict     who is hidden from this caller or applicant is absent
 6 read         only the planned columns; then, is it one of the caller's own people?
 7 settle       one durable append records the disclosure and spends the budgets
 8 mask         and answer

One file a way to ask: lookup, batch, search, stream. Steps 1 to 3 are each caller's own; of lookups, steps 4 to 8 are
walked by as many as have come together (gateway.fill), because they can share each read and the one sync of the disk.
"""

from gateway.disclosure.hallway import Hallway

__all__ = ["Hallway"]
