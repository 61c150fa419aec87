"""Regulars: who is this customer to us, and what should we do about it?"""
