"""A window with a field and a button, for a private desktop."""

import tkinter as tk

root = tk.Tk()
root.title("Guest book")
root.geometry("500x260+160+120")
font = ("DejaVu Sans", 14)
tk.Label(root, text="Name", font=font).place(x=30, y=30)
field = tk.Entry(root, font=font, width=24)
field.place(x=120, y=30)
said = tk.Label(root, text="", font=font)
said.place(x=30, y=180)
tk.Button(root, text="Greet", font=font, command=lambda: said.config(text=f"Hello {field.get()}")).place(
    x=30, y=100
)
root.mainloop()
