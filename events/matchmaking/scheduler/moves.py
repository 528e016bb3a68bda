"""The moves of the annealing, compiled. Arrays only; `annealing.py` builds them and says what for.

Shapes: M meetings, R people and things (people first), T slots, H half-days. `state` is
res[M, K] whom a meeting occupies (-1: nobody more), at[M] its slot (-1: none), meet[R, T] the
meeting of somebody in a slot (-1: none), count[T], half[T], bit[T] (the slot's bit in its
half-day), mask[P, H], cost[P], rules, wanted[P], the number of people, home[M] the slot that
people know (-1: none), what leaving it costs, and uses[M]: 1 where it takes a table, else 0.

What runs long lets go of the interpreter's lock, so that a thread of its own holds nobody up.
"""

import math

import numba
import numpy as np

IDLE = 0.2
LONELY = 3.0
BEYOND = 1.5
DROPPED = 4.0
_CHAIN = 256


@numba.njit(cache=True, inline="always")
def _popcount(x):
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@numba.njit(cache=True, inline="always")
def _smear(x):
    """All bits below the highest one of x, and itself."""
    x |= x >> np.uint64(1)
    x |= x >> np.uint64(2)
    x |= x >> np.uint64(4)
    x |= x >> np.uint64(8)
    x |= x >> np.uint64(16)
    x |= x >> np.uint64(32)
    return x


@numba.njit(cache=True, inline="always")
def _cost_of(row, rules, wanted):
    """What the day of one person costs: `row` has a bit mask for each half-day.

    `rules` are fairness (-1: none), longest row of meetings (0: any).
    """
    breaks = 0
    idle = 0
    beyond = 0
    any_ = False
    for h in range(row.shape[0]):
        x = row[h]
        if x == np.uint64(0):
            continue
        any_ = True
        breaks += _popcount(x & ~(x << np.uint64(1))) - 1
        low = x & (~x + np.uint64(1))
        span = _smear(x) & ~(low - np.uint64(1))
        idle += _popcount(span & ~x)
        if rules[1] > 0:
            y = x
            for _ in range(rules[1]):
                y = y & (y >> np.uint64(1))
            beyond += _popcount(y)
    cost = breaks + IDLE * idle + BEYOND * beyond
    if rules[0] >= 0 and breaks > rules[0]:
        cost += BEYOND * (breaks - rules[0])
    if not any_ and wanted:
        cost += LONELY
    return cost


@numba.njit(cache=True)
def put(m, t, state):
    """Place a meeting that has no slot, or take it out of its slot (t = -1); the new cost minus
    the old one of all whom it concerns."""
    (res, at, meet, count, half, bit, mask, cost, rules, wanted, people, home, stay, uses) = state
    slot = t if t >= 0 else at[m]
    change = 0.0
    if home[m] >= 0 and home[m] != slot:
        change = stay if t >= 0 else -stay
    for k in range(res.shape[1]):
        r = res[m, k]
        if r < 0:
            break
        meet[r, slot] = m if t >= 0 else -1
        if r < people:
            mask[r, half[slot]] ^= bit[slot]
            now = _cost_of(mask[r], rules, wanted[r])
            change += now - cost[r]
            cost[r] = now
    count[slot] += uses[m] if t >= 0 else -uses[m]
    at[m] = t
    return change


@numba.njit(cache=True)
def _in_order(m, t, at, prec):
    """Whether all that must come before m is before t and all after it after t."""
    before, before_at, after, after_at = prec
    for i in range(before_at[m], before_at[m + 1]):
        other = at[before[i]]
        if other >= t and other >= 0:
            return False
    for i in range(after_at[m], after_at[m + 1]):
        other = at[after[i]]
        if other >= 0 and other <= t:
            return False
    return True


@numba.njit(cache=True)
def _leave_pool(m, pool, size, where):
    i = where[m]
    last = pool[size - 1]
    pool[i] = last
    where[last] = i
    where[m] = -1
    return size - 1


@numba.njit(cache=True)
def is_free(m, t, state, tables):
    res, meet, count, uses = state[0], state[2], state[3], state[13]
    if uses[m] > 0 and count[t] >= tables[t]:
        return False
    for k in range(res.shape[1]):
        r = res[m, k]
        if r < 0:
            break
        if meet[r, t] >= 0:
            return False
    return True


@numba.njit(cache=True)
def _try_on(m, t, state):
    """What placing m at t would change, without doing it."""
    (res, _, _, _, half, bit, mask, cost, rules, wanted, people, home, stay, _uses) = state
    change = stay if home[m] >= 0 and home[m] != t else 0.0
    for k in range(res.shape[1]):
        r = res[m, k]
        if r < 0:
            break
        if r < people:
            mask[r, half[t]] ^= bit[t]
            change += _cost_of(mask[r], rules, wanted[r]) - cost[r]
            mask[r, half[t]] ^= bit[t]
    return change


@numba.njit(cache=True)
def _best_slot(m, state, tables, dom, dom_at, prec):
    """The free slot that costs least, ties broken at random; -1 where there is none."""
    at = state[1]
    best = -1
    least = 1e18
    for i in range(dom_at[m], dom_at[m + 1]):
        t = dom[i]
        if is_free(m, t, state, tables) and _in_order(m, t, at, prec):
            change = _try_on(m, t, state) + 1e-3 * np.random.random()
            if change < least:
                least = change
                best = t
    return best


@numba.njit(cache=True, nogil=True)
def greedy(order, state, tables, dom, dom_at, prec, pool, where):
    """Place what has no slot yet, in the given order; what finds none goes into the pool."""
    size = 0
    change = 0.0
    for m in order:
        t = _best_slot(m, state, tables, dom, dom_at, prec)
        if t >= 0:
            change += put(m, t, state)
        else:
            pool[size] = m
            where[m] = size
            size += 1
    return size, change


@numba.njit(cache=True, nogil=True)
def run(
    moves, heat, worth, energy, best, best_at, size, state, tables, dom, dom_at, allowed,
    pinned, weight, own, own_at, prec, pool, where, mark, stamp,
):  # fmt: skip
    """So many moves at one temperature; the new energy, best energy, pool size and stamp."""
    (res, at, meet, count, half, bit, mask, cost, rules, wanted, people, home, stay, uses) = state
    meetings = at.shape[0]
    ordered = prec[0].shape[0] > 0
    chain = np.empty(_CHAIN, np.int32)
    source = np.empty(_CHAIN, np.int32)
    hit = np.empty(2 * _CHAIN, np.int32)
    fresh = np.empty(2 * _CHAIN, np.float64)
    pushed = np.empty(8, np.int32)
    pushed_from = np.empty(8, np.int32)
    for _ in range(moves):
        if size > 0 and np.random.random() < 0.25:
            # a meeting without a slot pushes others out
            m = pool[np.random.randint(size)]
            choices = dom_at[m + 1] - dom_at[m]
            if choices == 0:
                continue
            t = dom[dom_at[m] + np.random.randint(choices)]
            n = 0
            legal = True
            for k in range(res.shape[1]):
                r = res[m, k]
                if r < 0:
                    break
                x = meet[r, t]
                if x >= 0:
                    if pinned[x]:
                        legal = False
                        break
                    double = False
                    for i in range(n):
                        double = double or pushed[i] == x
                    if not double:
                        pushed[n] = x
                        n += 1
            if not legal or (ordered and not _in_order(m, t, at, prec)):
                continue
            if uses[m] > 0:
                room = tables[t] - count[t]
                for i in range(n):
                    room += uses[pushed[i]]
                if room <= 0 and n == 0:
                    x = -1
                    for _try in range(12):
                        x = meet[np.random.randint(people), t]
                        if x >= 0 and uses[x] > 0:
                            break
                        x = -1
                    if x < 0 or pinned[x]:
                        continue
                    pushed[0] = x
                    n = 1
                    room += 1
                if room <= 0:
                    continue
            lost = -worth * weight[m]
            if home[m] >= 0:
                lost -= DROPPED * stay
            change = 0.0
            for i in range(n):
                pushed_from[i] = t
                change += put(pushed[i], -1, state)
            change += put(m, t, state)
            for i in range(n):
                x = pushed[i]
                to = _best_slot(x, state, tables, dom, dom_at, prec)
                if to >= 0:
                    change += put(x, to, state)
                else:
                    lost += worth * weight[x]
                    if home[x] >= 0:
                        lost += DROPPED * stay
            change += lost
            if change <= 0 or np.random.random() < math.exp(-change / heat):
                energy += change
                size = _leave_pool(m, pool, size, where)
                for i in range(n):
                    x = pushed[i]
                    if at[x] < 0:
                        pool[size] = x
                        where[x] = size
                        size += 1
            else:
                for i in range(n):
                    if at[pushed[i]] >= 0:
                        put(pushed[i], -1, state)
                put(m, -1, state)
                for i in range(n):
                    put(pushed[i], pushed_from[i], state)
                continue
        else:
            m = -1
            t2 = -1
            if np.random.random() < 0.5:
                # somebody with a break: one of their meetings goes into it
                for _try in range(8):
                    p = np.random.randint(people)
                    if cost[p] <= 0.0 or own_at[p + 1] == own_at[p]:
                        continue
                    m = own[own_at[p] + np.random.randint(own_at[p + 1] - own_at[p])]
                    if at[m] < 0 or pinned[m]:
                        m = -1
                        continue
                    h = half[at[m]]
                    x = mask[p, h]
                    low = x & (~x + np.uint64(1))
                    gaps = _smear(x) & ~(low - np.uint64(1)) & ~x
                    n = _popcount(gaps)
                    if n == 0:
                        m = -1
                        continue
                    n = np.random.randint(n)
                    for _skip in range(n):
                        gaps &= gaps - np.uint64(1)
                    one = gaps & (~gaps + np.uint64(1))
                    first = at[m] - _popcount(bit[at[m]] - np.uint64(1))
                    t2 = first + _popcount(one - np.uint64(1))
                    break
            if m < 0:
                m = np.random.randint(meetings)
                if at[m] < 0 or pinned[m]:
                    continue
                choices = dom_at[m + 1] - dom_at[m]
                t2 = dom[dom_at[m] + np.random.randint(choices)]
            t1 = at[m]
            if t1 == t2 or not allowed[m, t2]:
                continue
            stamp += 1
            mark[m] = stamp
            chain[0] = m
            source[0] = t1
            n = 1
            i = 0
            hits = 0
            change = 0.0
            over = 0
            legal = True
            while i < n:
                x = chain[i]
                s = source[i]
                d = t1 + t2 - s
                if pinned[x] or not allowed[x, d]:
                    legal = False
                    break
                over += uses[x] if d == t2 else -uses[x]
                if home[x] >= 0:
                    change += stay * ((d != home[x]) - (s != home[x]))
                for k in range(res.shape[1]):
                    r = res[x, k]
                    if r < 0:
                        break
                    y = meet[r, d]
                    if y < 0:
                        if r < people:
                            mask[r, half[s]] ^= bit[s]
                            mask[r, half[d]] ^= bit[d]
                            now = _cost_of(mask[r], rules, wanted[r])
                            mask[r, half[s]] ^= bit[s]
                            mask[r, half[d]] ^= bit[d]
                            hit[hits] = r
                            fresh[hits] = now
                            hits += 1
                            change += now - cost[r]
                    elif mark[y] != stamp:
                        if n == _CHAIN or hits > 2 * _CHAIN - 8:
                            legal = False
                            break
                        mark[y] = stamp
                        chain[n] = y
                        source[n] = d
                        n += 1
                if not legal:
                    break
                i += 1
            if not legal or count[t2] + over > tables[t2] or count[t1] - over > tables[t1]:
                continue
            if change > 0 and np.random.random() >= math.exp(-change / heat):
                continue
            if ordered:
                for i in range(n):
                    at[chain[i]] = t1 + t2 - source[i]
                for i in range(n):
                    if not _in_order(chain[i], at[chain[i]], at, prec):
                        legal = False
                        break
                if not legal:
                    for i in range(n):
                        at[chain[i]] = source[i]
                    continue
            for i in range(n):
                x = chain[i]
                for k in range(res.shape[1]):
                    r = res[x, k]
                    if r < 0:
                        break
                    meet[r, source[i]] = -1
                    if r < people:
                        mask[r, half[source[i]]] ^= bit[source[i]]
            for i in range(n):
                x = chain[i]
                d = t1 + t2 - source[i]
                at[x] = d
                for k in range(res.shape[1]):
                    r = res[x, k]
                    if r < 0:
                        break
                    meet[r, d] = x
                    if r < people:
                        mask[r, half[d]] ^= bit[d]
            for i in range(hits):
                cost[hit[i]] = fresh[i]
            count[t2] += over
            count[t1] -= over
            energy += change
        if energy < best - 1e-9:
            best = energy
            best_at[:] = at
    return energy, best, size, stamp


@numba.njit(cache=True)
def seed_with(seed):
    np.random.seed(seed)
