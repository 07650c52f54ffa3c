namespace Writ.Cedar;

/// <summary>
/// The codes of <see cref="ValidationFinding"/>s. They are stable and never reused. Cedar's kinds
/// <c>UndefinedFunction</c> and <c>InternalInvariantViolation</c> have none: the parser refuses unknown functions, and
/// a bug throws.
/// </summary>
public static class ValidationCodes
{
    /// <summary>An entity type that the schema does not declare.</summary>
    public const string UnknownEntityType = "cedar.validate.unknown-entity-type";

    /// <summary>An action that the schema does not declare.</summary>
    public const string UnknownAction = "cedar.validate.unknown-action";

    /// <summary>An entity of an enumeration that has no such id.</summary>
    public const string UnknownEnumEntity = "cedar.validate.unknown-enum-entity";

    /// <summary>No action applies to what the scope selects; see <see cref="UnappliedActionRule"/>.</summary>
    public const string UnappliedAction = "cedar.validate.unapplied-action";

    /// <summary>A type other than the operator, method or condition takes.</summary>
    public const string UnexpectedType = "cedar.validate.unexpected-type";

    /// <summary>Types side by side that have nothing in common.</summary>
    public const string IncompatibleTypes = "cedar.validate.incompatible-types";

    /// <summary>An attribute that is not declared, or not for all entity types that it may be read from.</summary>
    public const string UnknownAttribute = "cedar.validate.unknown-attribute";

    /// <summary>An optional attribute read without a <c>has</c> before it.</summary>
    public const string UnguardedAttribute = "cedar.validate.unguarded-attribute";

    /// <summary>A tag read without a <c>hasTag</c> before it.</summary>
    public const string UnguardedTag = "cedar.validate.unguarded-tag";

    /// <summary>A tag read from entities that cannot have any.</summary>
    public const string NoTags = "cedar.validate.no-tags";

    /// <summary>An extension function called with too few or too many arguments.</summary>
    public const string ArgumentCount = "cedar.validate.argument-count";

    /// <summary>A text that is no value of the extension type.</summary>
    public const string ArgumentValue = "cedar.validate.argument-value";

    /// <summary>The empty set written out, of which nobody can tell the type (strict only).</summary>
    public const string EmptySet = "cedar.validate.empty-set";

    /// <summary>An extension value made of a text that is not written out (strict only).</summary>
    public const string ComputedConstructor = "cedar.validate.computed-constructor";

    /// <summary>More entities in a row than <see cref="ValidationOptions.LevelMax"/>.</summary>
    public const string Level = "cedar.validate.level";

    /// <summary>An entity written out in the policy and looked into, which no level allows.</summary>
    public const string LevelOfLiteral = "cedar.validate.level-of-literal";

    /// <summary>Warning: the policy applies to no request that the schema allows.</summary>
    public const string Impossible = "cedar.validate.impossible";

    /// <summary>Warning: a string with letters of several scripts.</summary>
    public const string MixedScriptString = "cedar.validate.mixed-script-string";

    /// <summary>Warning: a name or entity id with letters of several scripts.</summary>
    public const string MixedScriptName = "cedar.validate.mixed-script-name";

    /// <summary>Warning: a string with characters that change the direction of text.</summary>
    public const string BidiString = "cedar.validate.bidi-string";

    /// <summary>Warning: a name or entity id with characters that change the direction of text.</summary>
    public const string BidiName = "cedar.validate.bidi-name";

    /// <summary>
    /// Warning: a name or entity id with a character that Unicode does not recommend for identifiers.
    /// </summary>
    public const string ConfusableName = "cedar.validate.confusable-name";

    /// <summary>Checking would take more steps, or gave more findings, than this engine allows.</summary>
    public const string Limit = "cedar.limit.validation";
}
