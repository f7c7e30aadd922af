return hm.scenario { hub = "http://127.0.0.1:8000", notebook = "notebooks/n.ipynb", users = 4, duration = "10m" }
