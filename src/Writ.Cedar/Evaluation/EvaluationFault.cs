namespace Writ.Cedar;

/// <summary>The kinds of evaluation error that Cedar has.</summary>
public enum EvaluationFault
{
    /// <summary>An operand of the wrong type.</summary>
    Type,

    /// <summary>Integer arithmetic beyond 64 bits.</summary>
    Overflow,
    MissingAttribute,
    MissingTag,

    /// <summary>An attribute or tag of an entity that is not in the store.</summary>
    MissingEntity,

    /// <summary>A text that is no value of the extension type, or a result outside of its range.</summary>
    Extension,

    /// <summary>A wrong number of arguments of an extension function.</summary>
    Arity,
}
