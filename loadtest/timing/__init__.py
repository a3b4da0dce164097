"""The timing bench: can somebody who may not know tell a hidden resident from an absent one by how long it takes?"""
