namespace Writ.Cedar;

/// <summary>
/// A place in a policy text. <see cref="Line"/> and <see cref="Column"/> count from 1, <see cref="Offset"/> from 0;
/// columns and offsets count UTF-16 code units, as editors do. The default (line 0) means "no place in a text".
/// </summary>
public readonly record struct SourcePosition(int Line, int Column, int Offset)
{
    public bool IsKnown => Line > 0;

    public override string ToString() => FormattableString.Invariant($"{Line}:{Column}");
}
