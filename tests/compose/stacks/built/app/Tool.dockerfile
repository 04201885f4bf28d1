FROM gt/box AS big
RUN echo made > /made
FROM scratch AS small
COPY --from=big / /
COPY --from=big /made /tool
FROM small AS broken
RUN exit 1
