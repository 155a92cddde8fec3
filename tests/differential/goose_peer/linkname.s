// An assembly file, be it empty, lets the compiler accept a function without a body.
