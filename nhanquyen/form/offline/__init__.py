"""The offline form: a report as a workbook that is filled without the network and merged back field by field.

`layout` says which sheets there are, `origin` what the hidden sheet remembers, `opening` and `reading` what a file that
comes back says (`filled`), `merging` what that would change now. Nothing here changes anything.
"""
