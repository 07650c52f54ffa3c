namespace Writ.Shell.Syntax;

/// <summary>Where an unquoted word stands, which decides what ends it and what has a meaning in it.</summary>
enum WordForm
{
    /// <summary>An argument, an item of a list.</summary>
    Plain,

    /// <summary>Where a command may begin.</summary>
    Command,

    /// <summary>An argument of <c>declare</c> and its like: <c>NAME=(...)</c> is allowed.</summary>
    Declaration,

    /// <summary>After the <c>=</c> of an assignment.</summary>
    Value,

    /// <summary>After a redirection.</summary>
    Target,

    /// <summary>A pattern of <c>case</c>.</summary>
    Pattern,

    /// <summary>An operand in <c>[[ ]]</c>.</summary>
    Operand,

    /// <summary>Right of <c>==</c> in <c>[[ ]]</c>: extended globs are always on.</summary>
    ConditionPattern,

    /// <summary>Right of <c>=~</c>.</summary>
    Regex,

    /// <summary>Inside of braces or parentheses whose end is known: blanks and operators are text.</summary>
    Enclosed,

    /// <summary>Enclosed, and a pattern.</summary>
    EnclosedPattern,
}

/// <summary>Which text that is expanded as if double-quoted is being read.</summary>
enum QuotedText
{
    /// <summary>Between double quotes.</summary>
    Double,

    /// <summary>The word of <c>${x:-word}</c> between double quotes.</summary>
    BraceWord,

    /// <summary>An arithmetic expression or a subscript.</summary>
    Arithmetic,

    /// <summary>The body of a here-document.</summary>
    Document,
}

/// <summary>What a bracket encloses whose end is looked for.</summary>
enum Enclosed
{
    /// <summary>A pattern or regular expression: brackets are counted, quotes respected.</summary>
    Pattern,

    /// <summary>Arithmetic, or what looks like it: command substitutions are read.</summary>
    Arithmetic,

    /// <summary>The subscript of an assignment: every expansion is read.</summary>
    Subscript,
}
