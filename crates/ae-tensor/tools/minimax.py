"""Finds the polynomial coefficients in src/kernels/math/: weighted minimax fits by Remez' exchange.

Each fit minimizes the largest error *relative to the function being built*, so that the bound in ULPs is
what gets optimized. Needs mpmath (made with mpmath 1.3.0): python3 minimax.py
"""
import mpmath as mp

mp.mp.dps = 40


def remez(f, weight, low, high, degree, rounds=12):
    """Coefficients c of sum c_i x^i that minimize max |weight(x) (p(x) - f(x))| over [low, high]."""
    n = degree + 2
    nodes = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * i / (n - 1)) for i in range(n)]
    for _ in range(rounds):
        a = mp.matrix(n, n)
        b = mp.matrix(n, 1)
        for i, x in enumerate(nodes):
            for j in range(degree + 1):
                a[i, j] = x**j
            a[i, degree + 1] = (-1) ** i / weight(x)
            b[i] = f(x)
        c = mp.lu_solve(a, b)[: degree + 1]
        error = lambda x: weight(x) * (mp.polyval(c[::-1], x) - f(x))
        grid = [low + (high - low) * i / 1500 for i in range(1501)]
        values = [error(x) for x in grid]
        # The new nodes: the extremum of each run of one sign.
        nodes, run = [], [0]
        for i in range(1, len(grid) + 1):
            if i < len(grid) and mp.sign(values[i]) == mp.sign(values[run[0]]):
                run.append(i)
            else:
                nodes.append(grid[max(run, key=lambda q: abs(values[q]))])
                run = [i]
        if len(nodes) != n:
            break
    return c, max(abs(v) for v in values)


def show(name, fit):
    c, worst = fit
    print(f"{name}: largest relative error {mp.nstr(worst, 3)}")
    for i, x in enumerate(c):
        print(f"  c{i} = {mp.nstr(x, 12)}")


tiny = mp.mpf("1e-9")
h = mp.log(2) / 2 * mp.mpf("1.0001")
# e^r = 1 + r + r^2 p(r) on |r| <= ln 2 / 2.
exp_rest = lambda r: (mp.exp(r) - 1 - r) / r**2 if abs(r) > tiny else mp.mpf(1) / 2 + r / 6
show("exp", remez(exp_rest, lambda r: r**2 / mp.exp(r) + mp.mpf("1e-12"), -h, h, 4))
# ln((1+s)/(1-s)) = 2 s + s^3 q(s^2); u = s^2.
log_rest = lambda u: (2 * mp.atanh(mp.sqrt(u)) / mp.sqrt(u) - 2) / u if u > tiny else mp.mpf(2) / 3 + 2 * u / 5
weight = lambda u: u / (2 * mp.atanh(mp.sqrt(u)) / mp.sqrt(u)) + mp.mpf("1e-12") if u > tiny else mp.mpf("1e-12")
s = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)
show("ln, 1/sqrt(2) <= m <= sqrt(2)", remez(log_rest, weight, mp.mpf(0), s**2, 2))
show("ln_1p of [0, 1]", remez(log_rest, weight, mp.mpf(0), mp.mpf(1) / 9, 3))
# sin t = t + t^3 p(t^2) and cos t = 1 - t^2/2 + t^4 q(t^2) on |t| <= pi / 4; u = t^2. Of normal.rs.
quarter = (mp.pi / 4) ** 2 * mp.mpf("1.0001")
sin_rest = lambda u: (mp.sin(mp.sqrt(u)) / mp.sqrt(u) - 1) / u if u > tiny else -mp.mpf(1) / 6 + u / 120
show("sin", remez(sin_rest, lambda u: u / mp.sinc(mp.sqrt(u)) + mp.mpf("1e-12"), mp.mpf(0), quarter, 2))
cos_rest = lambda u: (mp.cos(mp.sqrt(u)) - 1 + u / 2) / u**2 if u > tiny else mp.mpf(1) / 24 - u / 720
show("cos", remez(cos_rest, lambda u: u**2 / mp.cos(mp.sqrt(u)) + mp.mpf("1e-12"), mp.mpf(0), quarter, 2))
