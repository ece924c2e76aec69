a = "x${-1}%{ if ! b ~}c%{ endif }"
b = "%{for a in [1,2]}$${a}%%{b}%{ endfor ~}"
