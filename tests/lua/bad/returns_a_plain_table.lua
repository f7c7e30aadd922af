return { hub = "http://127.0.0.1:8000", notebook = "nb/ok.ipynb", users = 4, duration = "10m" }
