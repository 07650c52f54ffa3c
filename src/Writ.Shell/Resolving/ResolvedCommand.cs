using System.Collections.Immutable;
using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

/// <summary>How sure a command of a line is.</summary>
public enum Certainty
{
    /// <summary>Which program runs is not known.</summary>
    Unknown,

    /// <summary>The program is known; arguments may be others, or it may not run at all.</summary>
    Superset,

    /// <summary>It runs, with these arguments.</summary>
    Exact,
}

/// <summary>Where in a line a command stands; several may hold.</summary>
[Flags]
public enum CommandPlace
{
    None = 0,

    /// <summary>In a branch, or after <c>&amp;&amp;</c> or <c>||</c>.</summary>
    Conditional = 1,

    /// <summary>In a loop: any number of times.</summary>
    Loop = 2,

    /// <summary>In the body of a function that nothing in the line surely calls.</summary>
    Function = 4,

    /// <summary>When a signal or the end comes.</summary>
    Trap = 8,

    /// <summary>In the background, a coprocess included.</summary>
    Background = 16,

    /// <summary>In <c>$( )</c>, backquotes or a process substitution.</summary>
    Substitution = 32,

    /// <summary>In a pipeline of more than one command.</summary>
    Pipeline = 64,
}

/// <summary>One command that may run: a program, a builtin, or what is not known.</summary>
/// <param name="Arguments">The program's name first. Empty when only redirections or assignments are made.</param>
/// <param name="Assignments">Those in front of the command: its environment.</param>
/// <param name="Redirections">Of the command itself, in order.</param>
/// <param name="Via">What runs it, outermost first: <c>sudo</c>, <c>bash -c</c>, <c>function f</c>. Empty: the
/// line's own shell.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Certainty">How sure it is.</param>
/// <param name="Directory">The absolute working directory, when it is known.</param>
/// <param name="Span">Where in the line.</param>
public sealed record ResolvedCommand(
    ImmutableArray<ResolvedArgument> Arguments,
    ImmutableArray<ResolvedAssignment> Assignments,
    ImmutableArray<ResolvedRedirection> Redirections,
    ImmutableArray<string> Via,
    CommandPlace Place,
    Certainty Certainty,
    string? Directory,
    SourceSpan Span)
{
    /// <summary>The whole of what stands on its standard input; null when that is not known.</summary>
    public string? Input { get; init; }

    /// <summary>Where it runs if the change of directory before it did not fail, when <see cref="Directory"/> is not
    /// known for that reason.</summary>
    public string? TriedDirectory { get; init; }

    /// <summary>As it was called; null when not known.</summary>
    public string? Program => Arguments.IsEmpty ? null : Arguments[0].Value;
}

/// <summary>One argument after every expansion.</summary>
/// <param name="Value">The value; null when it is not known.</param>
/// <param name="Prefix">What an unknown value begins with for sure.</param>
/// <param name="IsMany">It may be any number of arguments, none included.</param>
/// <param name="Text">The word as shell, for people.</param>
public sealed record ResolvedArgument(string? Value, string Prefix, bool IsMany, string Text)
{
    /// <summary>The text with 0 in the place of numbers that are not known; null when anything else in it is not
    /// known. What the environment had before the line counts as a number: nobody outside wrote it.</summary>
    public string? Arithmetic
    {
        get => Value ?? field;
        init;
    }

    public static ResolvedArgument Known(string value) => new(value, value, IsMany: false, value);

    public static ResolvedArgument Unknown(string text, bool isMany) => new(null, "", isMany, text);
}

/// <summary>A variable set for a command, or for the shell.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">Null when it is not known.</param>
public sealed record ResolvedAssignment(string Name, string? Value);

/// <summary>One redirection after expansion.</summary>
/// <param name="Operator">As in the tree.</param>
/// <param name="Descriptor">The number before it, or the one the operator means.</param>
/// <param name="Target">The file or descriptor; of a here-document its delimiter.</param>
/// <param name="Text">What a here-document or here-string gives, when it is known.</param>
public sealed record ResolvedRedirection(
    RedirectionOperator Operator, int? Descriptor, ResolvedArgument Target, string? Text);
