/// Chemical symbols by atomic number, from 1 (H) to 118 (Og).
private let symbols: [String] = """
  H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br
  Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er
  Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np
  Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
  """.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)

/// Atomic number of a chemical symbol, which orders the species pairs of a descriptor; nil for
/// unknown symbols.
public func atomicNumber(of symbol: String) -> Int? {
  symbols.firstIndex(of: symbol).map { $0 + 1 }
}

/// The chemical symbol of an atomic number; nil if there is none.
public func symbol(ofAtomicNumber number: Int) -> String? {
  (1...symbols.count).contains(number) ? symbols[number - 1] : nil
}
