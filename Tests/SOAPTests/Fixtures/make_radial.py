"""Radial functions of nearly dependent bases with 60 digits: makes radial.json (needs mpmath)."""
import json
import mpmath as mp

mp.mp.dps = 60


def radial(r_cut, n_max, l, sigma, distances):
    eta = 1 / (2 * mp.mpf(sigma) ** 2)
    nodes = [1 + mp.mpf(i) * (mp.mpf(r_cut) - 1) / (n_max - 1) for i in range(n_max)]
    alpha = [(mp.log(1000) + l * mp.log(a)) / a**2 for a in nodes]
    power = l + mp.mpf(3) / 2
    overlap = mp.matrix(n_max, n_max)
    for i in range(n_max):
        for j in range(n_max):
            overlap[i, j] = mp.gamma(power) / 2 * (alpha[i] + alpha[j]) ** -power
    values, vectors = mp.eigsy(overlap)
    beta = vectors * mp.diag([1 / mp.sqrt(v) for v in values]) * vectors.T
    rows = []
    for r in distances:
        r = mp.mpf(r)
        primitive = mp.matrix(
            [
                (mp.pi / (a + eta)) ** mp.mpf("1.5") * (eta / (a + eta)) ** l
                * mp.exp(-a * eta / (a + eta) * r**2) * r**l
                for a in alpha
            ]
        )
        rows.append([float(x) for x in beta * primitive])
    return rows


cases = []
for r_cut, n_max, degrees in [(6, 8, [0, 8]), (6, 9, [9]), (6, 14, [0, 6]), (6, 16, [0, 6]),
                              (4, 16, [0, 6]), (6, 20, [0, 9]), (4, 20, [0])]:
    for l in degrees:
        distances = [0.25, 1.0, 2.125, 3.5, r_cut + 0.5]
        cases.append({"r_cut": r_cut, "n_max": n_max, "l": l, "sigma": 0.5, "distances": distances,
                      "values": radial(r_cut, n_max, l, 0.5, distances)})
with open("radial.json", "w") as file:
    json.dump(cases, file)
